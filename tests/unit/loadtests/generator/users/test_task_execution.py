"""From when the requests of a task count, and what becomes of one that does not end well."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time

import gevent
import pytest

from loadtests.generator.recorder import PhaseTally, Sample
from loadtests.generator.users.task_execution import AskedRequest, TaskExecution
from loadtests.plan.plan import PlannedCall

TASK = PlannedCall(name="Shopper.look", request="Shopper.look")


def phase() -> PhaseTally:
    return PhaseTally(
        arrivals="constant", begin_s=time.monotonic(), duration_s=5.0, offered_per_s=10.0
    )


def begun(tally: PhaseTally, *, late_s: float = 0.0) -> TaskExecution:
    return TaskExecution(TASK, intended_s=time.monotonic() - late_s, tally=tally)


def answered(execution: TaskExecution, asked: AskedRequest, call: str = "read") -> Sample:
    sample = Sample(
        intended_s=asked.intended_s, began_s=asked.began_s, ended_s=asked.ends(), outcome="ok"
    )
    execution.take(call, sample, asked)
    return sample


def test_the_first_request_counts_from_when_its_task_was_due() -> None:
    execution = begun(phase(), late_s=0.3)

    asked = execution.ask("read", 1)

    assert asked.began_s - asked.intended_s == pytest.approx(0.3, abs=0.05)


def test_a_later_request_counts_from_the_answer_before_it_and_what_was_slept() -> None:
    execution = begun(phase())
    first = answered(execution, execution.ask("read", 1))

    execution.pause(0.05)
    second = execution.ask("read", 2)

    assert second.intended_s == pytest.approx(first.ended_s + 0.05, abs=1e-6)
    assert second.began_s >= second.intended_s


def test_what_a_task_does_beside_sleeping_makes_its_next_request_late() -> None:
    execution = begun(phase())
    first = answered(execution, execution.ask("read", 1))

    time.sleep(0.05)
    second = execution.ask("read", 2)

    assert second.intended_s == first.ended_s


def test_requests_made_at_a_time_count_from_the_same_moment() -> None:
    execution = begun(phase())

    one, other = execution.ask("read", 1), execution.ask("read", 2)
    answered(execution, one)

    assert other.intended_s == one.intended_s


def test_nothing_counts_from_a_moment_that_is_still_to_come() -> None:
    execution = begun(phase(), late_s=-5.0)

    asked = execution.ask("read", 1)

    assert asked.intended_s == asked.began_s


def test_a_task_that_fails_within_a_request_has_failed_there() -> None:
    tally = phase()
    execution = begun(tally)
    execution.ask("read", 1)

    execution.fail("KeyError: 'rows'")
    execution.close()
    share = tally.share()

    assert share.errors == {"KeyError: 'rows'": 1}
    assert {name: one.failed for name, one in share.outcomes.items()} == {"read": 1}
    assert share.flow
    assert (share.flow.broken, share.flow.sent) == (1, 1)


def test_a_task_that_fails_beside_its_requests_has_failed_itself() -> None:
    tally = phase()
    execution = begun(tally)
    answered(execution, execution.ask("read", 1))

    execution.fail("LookupError: no such shelf")
    share = tally.share()

    assert {name: one.failed for name, one in share.outcomes.items()} == {
        "read": 0,
        "Shopper.look": 1,
    }


def test_a_greenlet_that_a_task_spawned_is_part_of_it_and_no_other() -> None:
    execution = begun(phase())
    found: list[bool] = []
    child = gevent.spawn(lambda: found.append(execution.is_here))
    child.join(timeout=5)
    other = gevent.spawn(lambda: begun(phase()))
    other.join(timeout=5)

    assert found == [True]
    assert execution.is_here
    assert not other.value.is_here
