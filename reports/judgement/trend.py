"""Fits a rise to what was counted every second, and says how sure the rise is."""

import math
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from reports.judgement.confidence_intervals import t_quantile

LEAST_POINTS: Final = 5
CONFIDENCE: Final = 0.99


class Trend(Struct, frozen=True, kw_only=True):
    """A straight line through counts: `rise` is what it gains from a course's begin to its end.

    `least_per_s` is the lower end of the slope's 99 % interval.
    """

    mean: float
    slope_per_s: float
    least_per_s: float
    rise: float


def trend(courses: Sequence[Sequence[float]]) -> Trend | None:
    """Return the common slope of some courses counted at 1 Hz; None when all are too short.

    Ordinary least squares with a level for each course and one slope for all of them: courses from
    several repetitions are evidence on the same question, and one test of it errs less often than
    five. A course under five points is left out, because two or three residuals show no noise.
    """
    long = [course for course in courses if len(course) >= LEAST_POINTS]
    if not long:
        return None
    spread = math.fsum(
        _products(_centred(range(len(one))), _centred(range(len(one)))) for one in long
    )
    shared = math.fsum(_products(_centred(range(len(one))), _centred(one)) for one in long)
    slope = shared / spread
    points = sum(map(len, long))
    error = math.sqrt(_residual(long, slope) / (points - len(long) - 1) / spread)
    return Trend(
        mean=math.fsum(map(math.fsum, long)) / points,
        slope_per_s=slope,
        least_per_s=slope - t_quantile(points - len(long) - 1, confidence=CONFIDENCE) * error,
        rise=slope * (points / len(long) - 1),
    )


def _centred(values: Sequence[float]) -> list[float]:
    middle = math.fsum(values) / len(values)
    return [value - middle for value in values]


def _products(some: Sequence[float], others: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(some, others, strict=True))


def _residual(courses: Sequence[Sequence[float]], slope: float) -> float:
    """Return the sum of squares that the line leaves unexplained."""
    return math.fsum(
        (value - slope * second) ** 2
        for course in courses
        for value, second in zip(_centred(course), _centred(range(len(course))), strict=True)
    )
