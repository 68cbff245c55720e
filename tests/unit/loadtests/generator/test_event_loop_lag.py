"""How long the event loop stood still."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time

import gevent

from loadtests.generator.event_loop_lag import EventLoopLag


def test_a_greenlet_that_keeps_the_loop_is_seen() -> None:
    with EventLoopLag() as gaps:
        gevent.sleep(0.03)
        time.sleep(0.2)  # gevent's own sleep would let the others run
        gevent.sleep(0.03)

    assert 180 < gaps.longest_ms < 1_500


def test_a_loop_that_turns_has_small_gaps() -> None:
    with EventLoopLag() as gaps:
        gevent.sleep(0.1)

    assert gaps.longest_ms < 100
