"""Calls are spread over a service's workers by what is known of each connection."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest

from system.rpc.connection_pool import SERVED_BY, PooledConnection, PoolSettings, ServicePool


@pytest.fixture
async def lanes() -> AsyncIterator[ServicePool]:
    """Give eight lanes, of which none has a connection yet."""
    made = ServicePool(PoolSettings(keepalive_s=30.0), lanes=8)
    yield made
    await made.close()


def answered(lane: PooledConnection, worker: str | None) -> None:
    """Let a worker answer on a lane."""
    answer: Any = SimpleNamespace(headers={SERVED_BY: worker} if worker else {})
    lane.learn(answer)


def teach(lanes: ServicePool, workers: list[str]) -> None:
    """Let these workers answer, each on a lane of its own."""
    with ExitStack() as held:
        for worker in workers:
            answered(held.enter_context(lanes.lane()), worker)


def held_workers(lanes: ServicePool, calls: int) -> Counter[object]:
    """Return how many of so many calls at the same time each worker got."""
    with ExitStack() as held:
        return Counter(held.enter_context(lanes.lane()).worker for _ in range(calls))


@pytest.mark.parametrize("calls", [2, 4])
async def test_calls_at_the_same_time_go_to_different_workers(
    lanes: ServicePool, calls: int
) -> None:
    teach(lanes, ["a", "a", "a", "a", "a", "a", "b", "b"])

    assert held_workers(lanes, calls) == {"a": calls // 2, "b": calls // 2}


async def test_workers_take_turns_however_many_lanes_each_has(lanes: ServicePool) -> None:
    teach(lanes, ["a", "a", "a", "a", "a", "a", "b", "b"])
    turns = [held_workers(lanes, 1) for _ in range(8)]

    assert turns in ([{"a": 1}, {"b": 1}] * 4, [{"b": 1}, {"a": 1}] * 4)


async def test_a_busy_worker_gets_no_turn_while_another_has_nothing_to_do(
    lanes: ServicePool,
) -> None:
    teach(lanes, ["a", "a", "a", "a", "b", "b", "b", "b"])
    with lanes.lane() as busy:
        others = [worker for _ in range(4) for worker in held_workers(lanes, 1)]

    assert len(others) == 4
    assert busy.worker not in others


async def test_a_lane_that_was_opened_anew_counts_for_the_worker_it_ended_at(
    lanes: ServicePool,
) -> None:
    teach(lanes, ["a"] * 8)
    teach(lanes, ["b"] * 4)

    assert held_workers(lanes, 6) == {"a": 3, "b": 3}


async def test_a_worker_without_a_free_lane_leaves_the_call_to_another(lanes: ServicePool) -> None:
    teach(lanes, ["a", "a", "a", "a", "a", "a", "a", "b"])

    assert held_workers(lanes, 4) == {"a": 3, "b": 1}


async def test_connections_are_opened_before_a_busy_worker_gets_a_second_call(
    lanes: ServicePool,
) -> None:
    teach(lanes, ["a", "a"])

    with ExitStack() as held:
        first, *others = (held.enter_context(lanes.lane()) for _ in range(7))
        workers = [lane.worker for lane in others]

    assert first.worker not in {"a", "b"}
    assert workers.count("a") == 1
    assert len(set(workers)) == len(workers)


async def test_with_a_service_that_does_not_say_who_answers_the_lanes_take_turns(
    lanes: ServicePool,
) -> None:
    used = []
    for _ in range(16):
        with lanes.lane() as lane:
            answered(lane, None)
            used.append(lane)

    assert used[:8] == used[8:]
    assert len(set(used)) == 8


async def test_a_lane_that_failed_is_given_out_again(lanes: ServicePool) -> None:
    for _ in range(20):
        with pytest.raises(ConnectionError), lanes.lane():
            raise ConnectionError

    assert repr(lanes) == "<ServicePool 0 of 8 in use>"


async def test_more_calls_than_lanes_open_one_more(lanes: ServicePool) -> None:
    assert held_workers(lanes, 9).total() == 9
    assert repr(lanes) == "<ServicePool 0 of 9 in use>"
