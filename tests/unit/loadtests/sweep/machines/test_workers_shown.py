"""What is told of workers that are waited for."""

import pytest

from loadtests.plan.load_workers import Assembled, Awaited, Missing, Noted
from loadtests.sweep.machines import workers_shown
from loadtests.sweep.machines.workers_shown import WorkersShown


def awaited(*here: str) -> Awaited:
    return Awaited(here=here, remaining_s=9.0)


def test_before_a_run_each_that_comes_is_told_once() -> None:
    shown = WorkersShown()
    told = [shown.told(awaited(*here)) for here in ((), (), ("a",), ("a",), ("a", "b"))]

    assert told == ["here: none", "", "here: a", "", "here: a, b"]
    assert shown.told(Assembled(here=("a", "b"))) == ""
    assert shown.here == ("a", "b")


def test_later_those_are_told_who_stay_away_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = WorkersShown()
    shown.told(Assembled(here=("a", "b")))

    assert [shown.told(awaited()), shown.told(awaited("a"))] == ["", ""]
    monkeypatch.setattr(workers_shown, "QUIET_S", 0.0)
    assert [shown.told(awaited("a")), shown.told(awaited("a"))] == ["missing: b", ""]
    assert shown.here == ("a", "b")


def test_who_left_or_did_not_come_is_not_here() -> None:
    shown = WorkersShown()
    shown.told(Assembled(here=("a", "b")))
    shown.take(Noted(sentence="Worker b left.", left="b"))
    assert shown.here == ("a",)

    shown.told(Missing(here=()))
    assert not shown.here
