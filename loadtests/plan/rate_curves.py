"""Rates that change with time, in straight pieces, and the arrivals that follow them.

A piece goes from one rate to another in a straight line. Arrivals come from the inverse of the
cumulative rate (Cinlar, Introduction to Stochastic Processes, 1975): where a steady process of unit
rate has its n-th arrival at u, the inhomogeneous one has it where the expected count reaches u.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

# Below this a piece counts as level: the formula of a slope would divide by almost nothing.
_LEVEL_PER_S2: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of `length_s` seconds over which the rate goes straight from one to another."""

    length_s: float
    from_per_s: float
    to_per_s: float

    @property
    def expected(self) -> float:
        """Return how many arrivals are expected in it."""
        return self.length_s * (self.from_per_s + self.to_per_s) / 2

    def reached_s(self, count: float) -> float:
        """Return after how many seconds of the piece `count` arrivals are expected."""
        slope = (self.to_per_s - self.from_per_s) / self.length_s
        if abs(slope) < _LEVEL_PER_S2:
            return min(self.length_s, count / self.from_per_s) if self.from_per_s else 0.0
        root = math.sqrt(max(0.0, self.from_per_s**2 + 2 * slope * count))
        # This form of the quadratic's root loses no digits where the slope is slight.
        return min(self.length_s, 2 * count / (self.from_per_s + root)) if count else 0.0


@dataclass(frozen=True, slots=True)
class RateCurve:
    """Pieces one after the other, from the phase's begin to its end."""

    pieces: tuple[Piece, ...]

    @property
    def expected(self) -> float:
        """Return how many arrivals are expected in all."""
        return math.fsum(piece.expected for piece in self.pieces)

    def arrivals_s(self, seed: int) -> tuple[float, ...]:
        """Return sorted offsets of a Poisson process with this rate, given its expected count.

        As with a steady rate, the count is the expected one and not a drawn one, so that what is
        offered is what was asked for.
        """
        draw = random.Random(seed)  # noqa: S311 -- reproducible traffic, not a secret
        whole = self.expected
        return self._where_reached(sorted(draw.random() * whole for _ in range(round(whole))))

    def _where_reached(self, counts: Iterable[float]) -> tuple[float, ...]:
        begin_counts = [0.0, *accumulate(piece.expected for piece in self.pieces)]
        begins_s = [0.0, *accumulate(piece.length_s for piece in self.pieces)]
        last = len(self.pieces) - 1
        found = []
        for count in counts:
            index = min(last, bisect_right(begin_counts, count) - 1)
            within_s = self.pieces[index].reached_s(count - begin_counts[index])
            found.append(begins_s[index] + within_s)
        return tuple(found)


def ramp(from_per_s: float, to_per_s: float, duration_s: float) -> RateCurve:
    """Return a rate that grows or falls straight over the whole phase."""
    return RateCurve((Piece(length_s=duration_s, from_per_s=from_per_s, to_per_s=to_per_s),))


def steps(rates_per_s: tuple[float, ...], duration_s: float) -> RateCurve:
    """Return rates that follow each other, each for an equal part of the phase."""
    length_s = duration_s / len(rates_per_s)
    return RateCurve(
        tuple(Piece(length_s=length_s, from_per_s=rate, to_per_s=rate) for rate in rates_per_s)
    )


def spike(
    base_per_s: float, peak_per_s: float, *, at_s: float, for_s: float, duration_s: float
) -> RateCurve:
    """Return a base rate that jumps to a peak `at_s` seconds after the begin, for `for_s`."""
    up_s = min(at_s, duration_s)
    down_s = min(at_s + for_s, duration_s)
    stretches = (
        (up_s, base_per_s),
        (down_s - up_s, peak_per_s),
        (duration_s - down_s, base_per_s),
    )
    return RateCurve(
        tuple(
            Piece(length_s=length_s, from_per_s=rate, to_per_s=rate)
            for length_s, rate in stretches
            if length_s > 0
        )
    )
