create table orders (id uuid primary key, made bigserial, body jsonb not null);
create table articles (id uuid primary key, made bigserial, body jsonb not null);
-- Numbers that trials can count with: 00000000-0000-4000-8000-000000000010 to ...29.
insert into orders (id, body)
select ('00000000-0000-4000-8000-0000000000' || n)::uuid,
       jsonb_build_object('item', 'order ' || n, 'state', 'new', 'note', null)
from generate_series(10, 29) as n;
insert into articles (id, body)
select ('00000000-0000-4000-8000-0000000000' || n)::uuid,
       jsonb_build_object('title', 'article ' || n, 'price_cents', n * 100)
from generate_series(10, 29) as n;
