"""A withdrawn call is remembered until it would be too late, and never for long."""

import pytest

from system.wire import cancellations
from system.wire.cancellations import MAX_REMEMBERED, Cancellations


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give a clock that is set by hand: its only value is the time."""
    now_s = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    return now_s


def test_a_call_that_was_withdrawn_is_known_once(clock: list[float]) -> None:  # noqa: ARG001 -- it stands still
    heard = Cancellations()
    heard.add("a-1", lasts_s=5.0)

    assert [heard.take("a-1"), heard.take("a-1"), heard.take("a-2")] == [True, False, False]


def test_it_is_forgotten_when_it_would_be_too_late_anyway(clock: list[float]) -> None:
    heard = Cancellations()
    heard.add("a-1", lasts_s=5.0)
    clock[0] += 5.1

    assert not heard.take("a-1")


def test_what_is_past_is_swept_when_more_comes(clock: list[float]) -> None:
    heard = Cancellations()
    for number in range(100):
        heard.add(f"a-{number}", lasts_s=1.0)
    clock[0] += 2.0
    heard.add("b", lasts_s=1.0)

    assert len(heard) == 1


def test_no_more_than_a_bound_is_remembered_and_the_oldest_go_first(clock: list[float]) -> None:  # noqa: ARG001 -- it stands still
    heard = Cancellations()
    for number in range(MAX_REMEMBERED + 10):
        heard.add(f"a-{number}", lasts_s=60.0)

    assert len(heard) == MAX_REMEMBERED
    assert not heard.take("a-9")
    assert heard.take("a-10")


def test_a_message_that_asks_for_a_year_is_not_believed(clock: list[float]) -> None:
    heard = Cancellations()
    heard.add("a-1", lasts_s=31e6)
    clock[0] += cancellations.MAX_REMEMBERED_S + 0.1

    assert not heard.take("a-1")
