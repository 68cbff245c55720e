"""What the busiest thread of a part took is told from readings once a second, copy by copy."""

from collections.abc import Mapping, Sequence

import pytest

from loadtests.sweep.usage.thread_shares import one_thread_share
from loadtests.sweep.usage.usage_sampler import UsageReading
from loadtests.sweep.usage.usage_timeline import PhaseWindow, use
from testcontainers_fixtures.engines.engine import ThreadTimes, Usage

BOOT_S = 5_000.0


def reading(at_s: float, *copies: ThreadTimes) -> UsageReading:
    whole_s = sum(one.cpu_s for one in copies) or at_s
    read = Usage(cpu_s=whole_s, memory_bytes=1, throttled_s=None, threads=copies)
    return UsageReading(at_s=at_s, parts={"db": read})


def times(at_s: float, cpu_s: float, of: Mapping[int, float]) -> ThreadTimes:
    """Return a copy's times; a thread above 100 began when the phase had."""
    began_s = {thread: BOOT_S + (100.5 if thread > 100 else 0.0) for thread in of}
    of_threads = {(thread, began_s[thread]): gained_s for thread, gained_s in of.items()}
    return ThreadTimes(read_s=BOOT_S + at_s, cpu_s=cpu_s, of_threads=of_threads)


def working(
    *copies: Sequence[float], ended: float = 0.0, first_s: float = 98.0
) -> list[UsageReading]:
    """Return readings in which threads keep so many cores busy, told apart once a second.

    `ended` is what threads took that are there no longer.
    """
    found = []
    for number in range(28):
        at_s = first_s + 0.25 * number
        told = [
            times(
                at_s,
                20.0 + at_s * (sum(cores) + ended),
                {thread: 3.0 * thread + at_s * one for thread, one in enumerate(cores)},
            )
            for cores in copies
        ]
        found.append(reading(at_s, *told if number % 4 == 0 else ()))
    return found


@pytest.mark.parametrize(
    ("readings", "share"),
    [
        pytest.param(working((0.75, 0.05)), 0.938, id="one thread works"),
        pytest.param(working((0.3, 0.3)), 0.5, id="two share it"),
        pytest.param(working((0.1,), ended=0.4), 0.2, id="most was done by threads that ended"),
        pytest.param(working((0.05,)), 0.0, id="too little was used to tell"),
        pytest.param(working(), 0.0, id="nobody told threads apart"),
        pytest.param(
            working((0.3, 0.3), (0.01,), (0.0,)), 0.5, id="one copy works, in two threads"
        ),
        pytest.param(working((0.4,), (0.4, 0.1)), 0.8, id="the least of two copies that work"),
        pytest.param(working((1.0, 0.0))[:5], 0.0, id="told once in it, and never after it"),
    ],
)
def test_it_is_a_share_of_its_own_copy_s_time(readings: list[UsageReading], share: float) -> None:
    assert one_thread_share(readings, "db", 100.6, 103.4) == pytest.approx(share, abs=0.001)


@pytest.mark.parametrize("begin_s", [100.05, 100.3, 100.55, 100.8])
def test_a_short_phase_is_told_with_what_is_next_to_it(begin_s: float) -> None:
    assert one_thread_share(working((0.7, 0.3)), "db", begin_s, begin_s + 0.9) == 0.7


def test_a_phase_s_use_bears_it() -> None:
    window = PhaseWindow(begin_s=100.0, planned_s=3.0, whole_s=3.0)

    assert use(working((0.75, 0.25)), "db", window, requests=9).one_thread_share == 0.75


def test_a_thread_counts_from_its_begin_or_from_where_it_was_known() -> None:
    first = reading(100.0, times(100.0, 20.0, {1: 10.0}))
    last = reading(104.0, times(104.0, 24.0, {1: 10.5, 2: 12.0, 101: 1.0}))

    # What thread 2 used in the phase nobody knows: it was there before, and was not read.
    assert one_thread_share([first, last], "db", 99.0, 105.0) == 0.25


def test_copies_that_came_or_went_tell_nothing() -> None:
    one, other = times(100.0, 1.0, {1: 1.0}), times(104.0, 5.0, {1: 5.0})

    assert one_thread_share([reading(1, one), reading(5, other)], "db", 0.0, 9.0) == 1.0
    assert one_thread_share([reading(1, one), reading(5, other, one)], "db", 0.0, 9.0) == 0.0
