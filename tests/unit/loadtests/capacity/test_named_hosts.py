"""A part is named by the hosts in another's commands and settings, not by any word like it."""

import msgspec
import pytest

from loadtests.capacity.named_hosts import names
from testcontainers_fixtures.stack_file.part_spec import Part


def part(*command: str, **settings: str) -> Part:
    found = {"role": "resolver", "ready": "queue a", "command": ["x", *command]}
    return msgspec.convert(found | {"settings": settings}, Part)


STORE = msgspec.convert(
    {
        "role": "database",
        "port": 1,
        "image": "y",
        "container": {"aliases": ["db-1", "db.example.org"]},
    },
    Part,
)


@pytest.mark.parametrize(
    "text",
    [
        "postgres://app@store:5432/x",
        "postgres://app:secret@store/x",
        "app:pw@tcp(store:3306)/x",
        "app:pw@tcp(store)/x",
        "host=store port=5432",
        "postgres:///x?host=store",
        "Server=store;Port=1433",
        "Server=tcp:store,1433;Database=x",
        "Data Source=store;Initial Catalog=x",
        "store:5432",
        "store:{port}",
        "store.internal:5432",
        "STORE:5432",
        "redis://store?db=1",
        "mongodb://other,store/x",
        "other:9092,store:9092",
        "jdbc:sqlserver://store;x=y",
        "jdbc:oracle:thin:@store",
        "http://store.shop.svc.cluster.local",
        "{store.url}",
        "http://db-1/",
        "http://db.example.org/",
        "store.shop.svc:5432",
        "http://store.local./x",
        '{"host": "store", "port": 1}',
        '{"hosts": ["store"], "vhost": "/"}',
        "port: 1, host: store",
        "jdbc:sqlserver://;serverName=store;databaseName=x",
        "sh -c 'serve --db postgres://u:p@store/x'",
    ],
)
def test_a_host_is_named_however_a_driver_has_it(text: str) -> None:
    assert names(part(DSN=text), "store", STORE)
    assert names(part(text), "store", STORE)


@pytest.mark.parametrize(
    "text",
    [
        "store",
        "a,store",
        "pg://store:pw@elsewhere:5432/x",
        "pg://store@elsewhere/x",
        "--role=store",
        "MODE=store",
        "http://x/?next=store",
        "http://x/store",
        "restore:1",
        "my.store:1",
        "store-2:1",
        "http://store-2/",
        "registry/store:1",
        "host=storefront",
        "shop@store.example.org",
        "https://store.example.org/realms/x",
        "https://store.example.org:443/",
        "store.example.org:443",
        "https://store.svcs.org/",
        '{"name": "store", "vhost": "store"}',
        "amqp://elsewhere?vhost=store",
    ],
)
def test_a_user_a_role_or_a_longer_word_is_no_host(text: str) -> None:
    assert not names(part(MODE=text), "store", STORE)
    assert not names(part(text), "store", STORE)


@pytest.mark.parametrize(
    "name",
    [
        *("DB_HOST", "REDIS_URL", "server", "Addr", "STORE_ADDRESS", "DB_HOSTNAME", "ENDPOINT"),
        *(
            "ES_NODES",
            "CASSANDRA_CONTACT_POINTS",
            "UPSTREAM",
            "DB_ADDRESSES",
            "STORE",
            "SERVER_NAME",
        ),
    ],
)
def test_a_bare_word_is_a_host_as_all_that_a_setting_for_one_says(name: str) -> None:
    assert names(part(**{name: "store"}), "store", STORE)
    assert names(part(f"--db-{name}=store"), "store", STORE)
    assert names(part(f"--db-{name}", "store.internal"), "store", STORE)
    assert not names(part(**{name: "store room"}), "store", STORE)
    assert not names(part(**{f"{name}_MODE": "store"}), "store", STORE)


@pytest.mark.parametrize(
    "name",
    [
        *("DB_USER", "USERNAME", "APP_NAME", "role", "POSTGRES_DB", "MODE", "DATABASE", "SCHEMA"),
        *("RABBITMQ_VHOST", "DB_PASSWORD", "CLIENT_ID", "CACHE_DRIVER", "DB_NAMES", "DBNAME"),
    ],
)
def test_a_bare_word_is_no_host_as_what_else_may_be_called_like_one(name: str) -> None:
    assert not names(part(**{name: "store"}), "store", STORE)
    assert not names(part(f"--{name}=store"), "store", STORE)
    assert not names(part(f"--{name}", "store"), "store", STORE)


def test_of_a_list_a_bare_word_is_a_host_where_a_setting_is_for_hosts() -> None:
    assert names(part(DB_HOSTS="other, store"), "store", STORE)
    assert not names(part(FEATURES="search,store"), "store", STORE)


def test_a_client_s_options_name_its_host_also_in_a_script() -> None:
    assert names(part("psql", "-h", "store", "-U", "app"), "store", STORE)
    assert names(part("sh", "-ec", "sleep 1; psql -h 'store' -U app"), "store", STORE)
    assert not names(part("psql", "-U", "store", "-d", "store"), "store", STORE)
    assert not names(part("sh", "-c", "psql -h other -U store"), "store", STORE)
