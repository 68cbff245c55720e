"""Requests that are begun beside each other, by as many greenlets as are under way at once."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import gevent

from loadtests.generator.sender_pool import SenderPool
from loadtests.plan.plan import PlannedCall

CALL = PlannedCall(name="a", request="GET /a")
WITHIN_S = 5.0


class Sent:
    """Notes who sent what, and takes as long for it as its due moment says."""

    def __init__(self) -> None:
        self.by: Counter[int] = Counter()

    def __call__(self, _: PlannedCall, *, intended_s: float) -> None:
        self.by[id(gevent.getcurrent())] += 1
        gevent.sleep(intended_s)


@contextmanager
def senders(sent: Sent) -> Iterator[SenderPool]:
    made = SenderPool(sent)
    try:
        yield made
    finally:
        made.end()


def test_one_after_the_other_they_are_sent_by_one() -> None:
    sent = Sent()
    with senders(sent) as made:
        for _ in range(5):
            made.begin(CALL, 0.0)
            made.join(timeout_s=WITHIN_S)

    assert list(sent.by.values()) == [5]


def test_none_waits_for_another() -> None:
    sent = Sent()
    begun_s = time.monotonic()
    with senders(sent) as made:
        for _ in range(20):
            made.begin(CALL, 0.1)
        made.join(timeout_s=WITHIN_S)
        took_s = time.monotonic() - begun_s

    assert list(sent.by.values()) == [1] * 20
    assert 0.1 <= took_s < 1.0


def test_whoever_waits_for_the_last_one_waits_no_longer_than_it_says() -> None:
    with senders(Sent()) as made:
        made.begin(CALL, WITHIN_S)
        begun_s = time.monotonic()
        made.join(timeout_s=0.05)

        assert time.monotonic() - begun_s < WITHIN_S / 2


def test_there_is_nothing_to_wait_for_before_the_first() -> None:
    begun_s = time.monotonic()
    with senders(Sent()) as made:
        made.join(timeout_s=WITHIN_S)

    assert time.monotonic() - begun_s < WITHIN_S / 2


def test_what_is_still_under_way_at_the_end_is_ended() -> None:
    ended = []

    def endless(_: PlannedCall, *, intended_s: float) -> None:
        try:
            gevent.sleep(intended_s)
        finally:
            ended.append(intended_s)

    made = SenderPool(endless)
    made.begin(CALL, 60.0)
    made.join(timeout_s=0.05)
    made.end()

    assert ended == [60.0]


def test_one_that_fails_keeps_nobody_waiting() -> None:
    def failing(_: PlannedCall, *, intended_s: float) -> None:
        raise ZeroDivisionError(intended_s)

    begun_s = time.monotonic()
    made = SenderPool(failing)
    made.begin(CALL, 0.0)
    made.join(timeout_s=WITHIN_S)
    made.end()

    assert time.monotonic() - begun_s < WITHIN_S / 2
