"""A breaker opens after failures in a row, rests, and lets one call in to see."""

from contextlib import suppress

import pytest

from system.rpc.circuit_breaker import Breaker
from system.wire.rpc_errors import (
    DeadlinePassedError,
    RpcError,
    UnknownServiceError,
    UpstreamBadError,
    UpstreamOpenError,
    UpstreamRefusedError,
)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("clients", failures=3, rest_s=2.0, patience_s=1.0, clock=clock)


def fail(breaker: Breaker, fault: type[RpcError] = UpstreamRefusedError, times: int = 1) -> None:
    for _ in range(times):
        with suppress(fault), breaker.call():
            raise fault


def answer(breaker: Breaker) -> None:
    with breaker.call():
        pass


@pytest.mark.parametrize("fault", [UpstreamRefusedError, UpstreamBadError])
def test_failures_in_a_row_open_it(breaker: Breaker, fault: type[RpcError]) -> None:
    fail(breaker, fault, times=2)
    assert breaker.state == "closed"

    fail(breaker, fault)
    assert breaker.state == "open"
    with pytest.raises(UpstreamOpenError):
        answer(breaker)


def test_an_answer_between_failures_keeps_it_closed(breaker: Breaker) -> None:
    for _ in range(5):
        fail(breaker, times=2)
        answer(breaker)

    assert breaker.state == "closed"


def test_who_is_turned_away_hears_how_long_the_rest_still_takes(
    breaker: Breaker, clock: Clock
) -> None:
    fail(breaker, times=3)
    clock.now_s += 0.5
    with pytest.raises(UpstreamOpenError) as caught:
        answer(breaker)

    assert caught.value.retry_after_s == pytest.approx(1.5)


def test_after_the_rest_one_call_is_let_in_and_the_others_are_turned_away(
    breaker: Breaker, clock: Clock
) -> None:
    fail(breaker, times=3)
    clock.now_s += 2.0
    assert breaker.state == "half-open"

    with breaker.call(), pytest.raises(UpstreamOpenError):
        answer(breaker)
    assert breaker.state == "closed"


def test_a_trial_that_fails_opens_it_for_another_rest(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, times=3)
    clock.now_s += 2.0
    fail(breaker)
    assert breaker.state == "open"

    clock.now_s += 2.0
    answer(breaker)
    assert breaker.state == "closed"


def test_a_trial_that_is_cancelled_leaves_its_place_to_the_next(
    breaker: Breaker, clock: Clock
) -> None:
    fail(breaker, times=3)
    clock.now_s += 2.0
    with pytest.raises(KeyboardInterrupt), breaker.call():
        raise KeyboardInterrupt
    answer(breaker)

    assert breaker.state == "closed"


def test_a_deadline_counts_only_after_the_service_had_its_time(
    breaker: Breaker, clock: Clock
) -> None:
    fail(breaker, DeadlinePassedError, times=10)
    assert breaker.state == "closed"

    for _ in range(3):
        with suppress(DeadlinePassedError), breaker.call():
            clock.now_s += 1.0
            raise DeadlinePassedError
    assert breaker.state == "open"


def test_a_fault_that_is_not_the_services_own_counts_neither_way(breaker: Breaker) -> None:
    fail(breaker, times=2)
    fail(breaker, UnknownServiceError, times=10)
    assert breaker.state == "closed"

    fail(breaker)
    assert breaker.state == "open"


def test_calls_that_were_under_way_when_it_opened_do_not_close_it(
    breaker: Breaker, clock: Clock
) -> None:
    with breaker.call():
        fail(breaker, times=3)
    assert breaker.state == "open"

    clock.now_s += 2.0
    assert breaker.state == "half-open"


def test_it_shows_its_state(breaker: Breaker) -> None:
    fail(breaker, times=3)

    assert repr(breaker) == "<Breaker clients open>"
