"""How fast the machine was: what a fixed piece of work took before and after stretches of traffic.

A slower core makes every latency longer and every maximum lower, and looks just like a slower
system. Only between equal paces does a difference belong to the system.
"""

import statistics
from collections.abc import Iterable, Iterator
from typing import Final

from reports import figures
from reports.measurements import Configuration, Phase
from reports.pooled import JUDGED_PHASES, phases_of

# While nothing else runs, the medians of two runs differ by 2 or 3 %.
SAME_WITHIN: Final = 0.10


def pace_ms(phases: Iterable[Phase]) -> float | None:
    """Return what the work took in the middle, in ms; None where it was never timed."""
    known = [ms for phase in phases for ms in phase.yardstick_ms]
    return statistics.median(known) if known else None


def phases_in(configurations: Iterable[Configuration]) -> Iterator[Phase]:
    """Yield the phases that were measured, of all repetitions."""
    for one in configurations:
        for name in JUDGED_PHASES:
            yield from phases_of(one, name)


def slower(before_ms: float | None, after_ms: float | None) -> bool | None:
    """Tell whether the machine was slower afterwards, by more than 10 %; None: it is not known."""
    if before_ms is None or after_ms is None:
        return None
    return after_ms > before_ms * (1 + SAME_WITHIN)


def text(phases: Iterable[Phase]) -> str | None:
    """Return the pace in words: "0.21 ms (0.20 to 0.24)", the middle and the extremes."""
    known = sorted(ms for phase in phases for ms in phase.yardstick_ms)
    if not known:
        return None
    middle, least, most = (f"{ms:.3f}" for ms in (statistics.median(known), known[0], known[-1]))
    return f"{middle}{figures.GLUE}ms ({least} to {most})"
