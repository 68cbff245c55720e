"""A shop with PostgreSQL and a worker that answers no HTTP is run as it is, with no adapter."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.engine import Killable
from testcontainers_fixtures.faults.broker_operator import operator_of
from testcontainers_fixtures.faults.signs.part_signs import answers
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.foreign.commands import measured
from tests.foreign.shop_client import SEEDED, items, placed

ROOT = Path(__file__).parents[2]
STACK_FILE = Path(__file__).parent / "shop" / "stack.toml"

# The first start in containers installs PostgreSQL into an image.
pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("shop_secrets")]


@pytest.fixture(scope="module")
def told() -> list[str]:
    """Return what was told while the shop started."""
    return []


@pytest.fixture(scope="module")
def shop(
    engine: str | None,
    told: list[str],
    tmp_path_factory: pytest.TempPathFactory,
    shop_secrets: None,  # noqa: ARG001 -- which it is started with
) -> Iterator[Stack]:
    spec = read_stack_file(STACK_FILE)
    folder = tmp_path_factory.mktemp("shop")
    with start_stack(spec, run_folder=folder, engine=engine, on_event=told.append) as stack:
        yield stack


def test_it_starts_in_its_order_and_every_queue_is_consumed(shop: Stack, told: list[str]) -> None:
    ready = [line.split()[0] for line in told if " ready in " in line]

    assert [one for one in ready if one in {"database", "schema", "orders"}] == [
        *("database", "schema", "orders")
    ]
    assert not [line for line in told if "work_queue" in line]
    assert shop.services == {}
    assert shop.ended() == {}


def test_its_data_start_over_with_a_reset(shop: Stack) -> None:
    assert placed(shop, 'it\'s "tea"') == 201
    assert 'it\'s "tea"' in items(shop)

    shop.reset()

    assert items(shop) == SEEDED


def test_a_database_that_is_killed_comes_again_with_its_rows(shop: Stack) -> None:
    placed(shop, "kept")
    [database] = shop.copies("database")
    before = answers("database", shop)
    assert isinstance(database, Killable)

    database.kill()
    struck = answers("database", shop)
    then = placed(shop, "lost")
    shop.revive("database")

    assert before == {"database: ready"}
    assert then in {503, 504}
    assert struck != before
    assert items(shop)[-1] == "kept"
    assert answers("database", shop) == before


def test_each_copy_of_a_worker_without_a_port_is_waited_for(shop: Stack) -> None:
    shop.scale(CopyCounts(resolvers=3))
    with operator_of(shop) as operator:
        consumers = len(operator.consumer_tags(["shop.orders"]))
    shop.scale(CopyCounts())

    assert consumers == 3
    assert answers("resolver", shop) == {"orders: ready"}


def test_a_misspelt_work_queue_is_told_in_one_sentence(engine: str | None, tmp_path: Path) -> None:
    spec, said = read_stack_file(STACK_FILE), list[str]()
    assert spec.broker
    broker = structs.replace(spec.broker, work_queues=("shop.order",))
    with start_stack(
        structs.replace(spec, broker=broker),
        run_folder=tmp_path,
        engine=engine,
        on_event=said.append,
    ):
        pass

    [sentence] = [line for line in said if "work_queue" in line]
    assert "there is no queue 'shop.order' (did you mean `shop.orders`?)" in sentence
    assert "\n" not in sentence


def test_the_load_side_measures_it_with_the_depth_of_its_queue(
    engine: str | None, tmp_path: Path
) -> None:
    record = measured(STACK_FILE, tmp_path, "--copies=orders=1,2", engine=engine)

    assert [one.of_parts for one in record.configurations] == [{"orders": 1}, {"orders": 2}]
