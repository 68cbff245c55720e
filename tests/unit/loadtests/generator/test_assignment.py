"""What each process is told of a phase."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from loadtests.generator.assignment import Assignment, closed_loop, open_loop
from loadtests.plan.arrivals import parse
from loadtests.plan.plan import Plan, PlannedCall, PlannedStep

PLAN = Plan(
    host="http://127.0.0.1:1",
    calls=(
        PlannedCall(name="a", request="GET /a", weight=3.0),
        PlannedCall(name="b", request="GET /b"),
    ),
    seed=5,
    arrivals="poisson",
    common_per_s=None,
    rpc_metric=None,
    worker_header=None,
    results=Path("results.json"),
    parent_pid=1,
)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_every_request_is_due_in_exactly_one_process(processes: int) -> None:
    whole = open_loop(PLAN, "open loop", parse("poisson"), 100.0, 5.0)
    parts = list(whole.parts(processes))
    due = sorted(pair for part in parts for pair in zip(part.due_s, part.calls, strict=True))

    assert due == list(zip(whole.due_s, whole.calls, strict=True))
    assert len(due) == 500
    assert [part.part for part in parts] == list(range(processes))


def test_users_are_shared_out_and_a_process_may_have_none() -> None:
    parts = list(closed_loop(PLAN, "closed loop", 3, 1.0).parts(4))

    assert [part.users for part in parts] == [1, 1, 1, 0]
    assert len({seed for part in parts for seed in part.seeds}) == 3


def test_calls_come_by_their_weight_and_equally_for_equal_seeds() -> None:
    one = open_loop(PLAN, "open loop", parse("constant"), 400.0, 5.0)
    other = open_loop(PLAN, "open loop", parse("constant"), 400.0, 5.0)

    assert one == other
    assert one.calls.count(0) == pytest.approx(1_500, rel=0.05)


def test_what_is_offered_is_the_mean_of_rates_that_change() -> None:
    assert open_loop(PLAN, "x", parse("ramp:0-100"), 7.0, 10.0).offered_per_s == 50.0


def test_an_assignment_travels_unchanged() -> None:
    whole = open_loop(PLAN, "open loop", parse("poisson"), 100.0, 5.0)

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(whole), type=Assignment) == whole


def test_of_a_flow_sessions_arrive_and_what_is_offered_are_all_their_steps() -> None:
    steps = (PlannedStep(), PlannedStep(share=0.5, think_s=(1.0, 2.0)))
    calls = tuple(replace(PLAN.calls[0], name=str(at), step=step) for at, step in enumerate(steps))
    whole = open_loop(replace(PLAN, calls=calls), "open loop", parse("constant"), 150.0, 5.0)
    planned = sum(len(one.steps) for one in whole.sessions)

    assert len(whole.due_s) == len(whole.sessions) == 500
    assert whole.offered_per_s == planned / 5.0 == pytest.approx(150, rel=0.05)
    # Whoever comes last thinks for 2 s at most, and may wait for two answers.
    assert whole.drain_s == 2.0 + 2 * PLAN.timing.answer_within_s
    halves = list(whole.parts(2))
    assert sum(len(one.sessions) for one in halves) == 500
    assert halves[1].sessions == whole.sessions[1::2]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(whole), type=Assignment) == whole
