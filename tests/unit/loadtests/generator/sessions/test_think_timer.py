"""Greenlets that sleep on one timer."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time

import gevent

from loadtests.generator.sessions.think_timer import ThinkTimer


def test_each_sleeper_wakes_at_its_own_moment_in_whatever_order_they_fell_asleep() -> None:
    begin_s, woken = time.monotonic() + 0.02, list[tuple[float, float]]()

    def sleep(moment_s: float) -> None:
        clock.sleep_until(moment_s)
        woken.append((moment_s, time.monotonic()))

    with ThinkTimer() as clock:
        # The second one must wake before the first: its moment is set over the first one's.
        moments_s = [begin_s + 0.001 * number for number in (40, 5, 60, 20, 5)]
        sleepers = [gevent.spawn(sleep, moment_s) for moment_s in moments_s]
        gevent.joinall(sleepers, timeout=2)

    assert [moment_s for moment_s, _ in woken] == sorted(moments_s)
    assert all(at_s >= moment_s for moment_s, at_s in woken)


def test_who_falls_asleep_last_may_wake_first() -> None:
    began_s = time.monotonic()

    with ThinkTimer() as clock:
        long = gevent.spawn(clock.sleep_until, began_s + 1.0)
        gevent.sleep(0.01)
        clock.sleep_until(began_s + 0.05)

        assert time.monotonic() - began_s < 0.5
        assert not long.dead
        long.kill(timeout=1)


def test_a_sleeper_that_is_ended_is_woken_no_more_and_the_others_are() -> None:
    woken = list[int]()

    def sleep(number: int, moment_s: float) -> None:
        clock.sleep_until(moment_s)
        woken.append(number)

    with ThinkTimer() as clock:
        first = gevent.spawn(sleep, 1, time.monotonic() + 0.03)
        second = gevent.spawn(sleep, 2, time.monotonic() + 0.06)
        gevent.sleep(0.01)
        first.kill(timeout=1)
        second.join(timeout=1)

    assert woken == [2]


def test_what_is_over_is_not_slept_on() -> None:
    with ThinkTimer() as clock:
        clock.sleep_until(time.monotonic() - 1)

        assert "0 asleep" in repr(clock)
