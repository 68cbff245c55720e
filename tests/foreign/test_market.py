"""A market of nameko's kind is run as it is: a topic exchange, a queue a service, no document."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.faults.broker_operator import operator_of
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.foreign.commands import ASKED, measured, trial_of

ROOT = Path(__file__).parents[2]
STACK_FILE = Path(__file__).parent / "market" / "stack.toml"

# The first start in containers installs Redis into an image.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def market(engine: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    spec = read_stack_file(STACK_FILE)
    with start_stack(spec, run_folder=tmp_path_factory.mktemp("market"), engine=engine) as stack:
        yield stack


def listed(stack: Stack, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{stack.gateway}/{kind}", timeout=20).json()
    return found


def test_its_rows_come_through_the_gateway_and_a_reset_starts_nothing_over(market: Stack) -> None:
    httpx.post(f"{market.gateway}/orders", json={"note": "tea"}, timeout=20)
    before = listed(market, "orders")["total"]
    [redis] = market.copies("redis")
    started = dict(market.ready_s)

    market.reset()

    assert before == 21
    assert listed(market, "orders")["total"] == 20
    assert listed(market, "products")["rows"][0]["title"] == "Product 20"
    assert market.ready_s == started
    assert market.copies("redis") == [redis]


def test_copies_of_one_service_are_added_and_the_other_stays(market: Stack) -> None:
    market.scale(CopyCounts(of_parts=(("orders", 3),)))
    with operator_of(market) as operator:
        consumers = {
            name: len(operator.consumer_tags([name])) for name in ("rpc-orders", "rpc-products")
        }
    market.scale(CopyCounts())

    assert consumers == {"rpc-orders": 3, "rpc-products": 1}


def test_the_load_side_measures_it_by_the_copies_of_each_service_and_knows_who_visits_which(
    engine: str | None, tmp_path: Path
) -> None:
    options = ("--copies=orders=1,2", "--copies=products=1,2")
    record = measured(STACK_FILE, tmp_path, *options, engine=engine)
    [capacity] = record.capacity
    visits = {one.part: one.share for one in capacity.visits}

    assert [one.of_parts for one in record.configurations] == [
        {"orders": 1, "products": 1},
        {"orders": 2, "products": 2},
    ]
    # How much of a busy machine others took may keep the figures from making a model.
    if capacity.outlooks is None:
        assert "carried" in capacity.reasons["outlooks"]
    else:
        assert visits == {
            "products": pytest.approx(0.8, abs=0.1),
            "orders": pytest.approx(0.2, abs=0.1),
        }


@pytest.mark.parametrize("fault", ["database-sigkill", "resolver-sigkill-one-of-two@orders"])
def test_a_fault_is_settled_by_a_list_that_the_stack_file_alone_knows(
    fault: str, engine: str | None, tmp_path: Path
) -> None:
    trial, said = trial_of(fault, STACK_FILE, tmp_path, engine=engine)

    assert trial.acknowledged > 100
    assert {name: said[name] for name in ASKED} == dict.fromkeys(ASKED, "pass")
