"""How fast the machine was: what a fixed piece of work took before and after stretches of traffic.

A slower core makes every latency longer and every maximum lower, and looks just like a slower
system. Only between equal paces does a difference belong to the system.
"""

import math
import statistics
from collections.abc import Iterable, Iterator
from typing import Final

from reports.judgement.pooling import JUDGED_PHASES, phases_of
from reports.record import number_formats
from reports.record.measurements import Configuration, Phase

# While nothing else runs, the medians of two runs differ by 2 or 3 %.
SAME_WITHIN: Final = 0.10


def known_ms(phases: Iterable[Phase]) -> Iterator[float]:
    """Yield what the work took, in ms, each time it was timed."""
    for phase in phases:
        yield from phase.yardstick_ms


def wander(times_ms: Iterable[float]) -> float:
    """Return how far the pace wandered: the standard deviation of the times' logs."""
    logs = [math.log(ms) for ms in times_ms if ms > 0]
    return statistics.pstdev(logs) if logs else 0.0


def uneven(phases: Iterable[Phase]) -> str | None:
    """Return the sentence for a machine that was not equally fast throughout, else None."""
    known = list(phases)
    if wander(known_ms(known)) <= SAME_WITHIN:
        return None
    return (
        f"The machine was not equally fast throughout: a fixed piece of work took {text(known)}. "
        f"What was measured at different times differs for that as well, and what is predicted "
        f"has wider intervals as far as cores bind."
    )


def pace_ms(phases: Iterable[Phase]) -> float | None:
    """Return what the work took in the middle, in ms; None where it was never timed."""
    known = list(known_ms(phases))
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
    known = sorted(known_ms(phases))
    if not known:
        return None
    middle, least, most = (f"{ms:.3f}" for ms in (statistics.median(known), known[0], known[-1]))
    return f"{middle}{number_formats.GLUE}ms ({least} to {most})"
