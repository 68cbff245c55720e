"""How long something stood still: the callers' own process, or the disk."""

import math
from collections.abc import Sequence

# From when to when (CLOCK_MONOTONIC).
Stall = tuple[float, float]


def stood_still_s(stalls: Sequence[Stall], begun_s: float, ended_s: float) -> float:
    """Return for how long it stood still between two moments."""
    return sum(max(0.0, min(ended_s, to_s) - max(begun_s, from_s)) for from_s, to_s in stalls)


def most_still_s(
    stalls: Sequence[Stall], within_s: float, begun_s: float, ended_s: float = math.inf
) -> float:
    """Return the most for which it did in any `within_s` between two moments."""
    starts = (max(begun_s, from_s) for from_s, _ in stalls)
    return max(
        (stood_still_s(stalls, one, min(ended_s, one + within_s)) for one in starts), default=0.0
    )
