"""Tells what share of a part's CPU time its busiest thread took over a stretch of time."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from loadtests.sweep.usage.usage_sampler import UsageReading
from testcontainers_fixtures.engines.engine import ThreadTimes

# Threads are told in steps of 10 ms: of a shorter CPU time their shares are a guess.
LEAST_SHARED_S: Final = 0.3


def one_thread_share(
    readings: Sequence[UsageReading], name: str, begin_s: float, end_s: float
) -> float:
    """Return the share of a copy's CPU time that its busiest thread took; 0 where it is not known.

    It is the least over the copies that used any. A thread that had begun and ended in between is
    in the whole, and in no share.
    """
    told = [one for one in readings if name in one.parts and one.parts[name].threads]
    found = _around(told, begin_s, end_s)
    if len(found) < 2:  # noqa: PLR2004 -- what is gained needs two
        return 0.0
    first, last = (one.parts[name].threads for one in (found[0], found[-1]))
    if len(first) != len(last):
        return 0.0
    shares = [share for pair in zip(first, last, strict=True) if (share := _share(*pair))]
    return round(min(shares, default=0.0), 3)


def _around(told: Sequence[UsageReading], begin_s: float, end_s: float) -> Sequence[UsageReading]:
    """Return the readings within a stretch; where that is one at the most, with those next to it.

    They come once a second: of a short phase they tell with what was just before it and behind.
    """
    times_s = [one.at_s for one in told]
    first, last = bisect_left(times_s, begin_s), bisect_right(times_s, end_s)
    return told[first:last] if last - first > 1 else told[max(0, first - 1) : last + 1]


def _share(first: ThreadTimes, last: ThreadTimes) -> float:
    """Return the share of a copy's busiest thread; 0 where it used too little to tell."""
    whole_s = last.cpu_s - first.cpu_s
    if whole_s < LEAST_SHARED_S:
        return 0.0
    # One that had begun and was not read at first may have worked before: it tells nothing.
    gained_s = [
        cpu_s - first.of_threads.get(thread, 0.0)
        for thread, cpu_s in last.of_threads.items()
        if thread in first.of_threads or thread[1] >= first.read_s
    ]
    return min(1.0, max(gained_s, default=0.0) / whole_s)
