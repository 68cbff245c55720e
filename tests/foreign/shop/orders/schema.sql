create table orders (id serial primary key, item text not null);
insert into orders (item) select 'order ' || n from generate_series(1, 20) as n;
