"""The Universal Scalability Law: how throughput grows along one axis that has levels enough.

    X(n) = slope n / (1 + contention (n - 1) + coherency n (n - 1))

Gunther, Guerrilla Capacity Planning (2007). Three parameters need five levels at least; below, a
curve would pass through anything.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reports.judgement.confidence_intervals import CONFIDENCE, t_quantile
from reports.judgement.pooling import pooled
from reports.record.capacity import Estimate, Scaling
from reports.record.measurements import Configuration, Level
from reports.record.record import LoadRun

LEAST_LEVELS: Final = 5
# A law that leaves more of the variance unexplained than this is not the one at work.
LEAST_EXPLAINED: Final = 0.90
_PARAMETERS: Final = ("slope_per_s", "contention", "coherency", "most_at")
_AXES: Final = ("resolvers", "service_workers", "gateway_workers", "prefetch")
Points = Sequence[tuple[int, float]]
Column = NDArray[np.float64]


def throughput_per_s(n: Column, slope: float, contention: float, coherency: float) -> Column:
    """Return X(n)."""
    return slope * n / (1 + contention * (n - 1) + coherency * n * (n - 1))


def scaling(axis: str, points: Points) -> Scaling:
    """Return the law along an axis of (n, requests a second), or why there is none."""
    levels = len({n for n, _ in points})
    if levels < LEAST_LEVELS:
        return _none(axis, levels, f"{levels} of {LEAST_LEVELS} levels needed")
    n = np.array([n for n, _ in points], dtype=np.float64)
    x = np.array([x for _, x in points], dtype=np.float64)
    from scipy import optimize  # noqa: PLC0415 -- takes 0.5 s to import, and few runs have levels enough

    try:
        found, covariance = optimize.curve_fit(
            throughput_per_s, n, x, p0=(x[0] / n[0], 0.01, 1e-4), bounds=(0, np.inf)
        )
    except (RuntimeError, ValueError) as error:
        return _none(axis, levels, f"no law fits: {error}")
    rest = np.sum((x - throughput_per_s(n, *found)) ** 2)
    explained = 1 - float(rest / np.sum((x - x.mean()) ** 2))
    if not explained >= LEAST_EXPLAINED:
        return _none(axis, levels, f"the law explains {explained:.0%} of what was measured")
    errors = np.sqrt(np.diag(covariance))
    t = t_quantile(len(points) - len(found), confidence=CONFIDENCE)
    slope, contention, coherency = (
        _estimate(float(value), float(t * error))
        for value, error in zip(found, errors, strict=True)
    )
    most_at = _most_at(float(found[1]), float(found[2]))
    return Scaling(
        axis=axis,
        levels=levels,
        slope_per_s=slope,
        contention=contention,
        coherency=coherency,
        most_at=most_at,
        reasons={} if most_at else {"most_at": "without coherency costs it grows on"},
    )


def scalings(record: LoadRun, scenario: str) -> tuple[Scaling, ...]:
    """Return the law along each axis with levels enough, and of users for each configuration."""
    points = [one for one in record.configurations if one.scenario == scenario]
    parts = dict.fromkeys(name for one in points for name in one.of_parts)
    along = [scaling(axis, _along(points, axis)) for axis in (*_AXES, *parts)]
    users = [
        scaling(
            f"users of {one.label}", [(level.users, level.throughput_per_s) for level in levels]
        )
        for one in points
        if (levels := _levels(one))
    ]
    # An axis along which nothing was varied is no axis.
    return (*(one for one in along if one.levels > 1), *users)


def _along(points: Sequence[Configuration], axis: str) -> Points:
    """Return the maxima along an axis, all else as in the configuration that has the most of it."""
    groups: dict[tuple[int, ...], list[tuple[int, float]]] = {}
    for one in points:
        sizes = {name: getattr(one, name) for name in _AXES} | one.of_parts
        if axis in sizes and (closed := pooled(one, "closed")):
            at = sizes.pop(axis)
            groups.setdefault(tuple(sizes.values()), []).append((at, closed.throughput_per_s))
    return max(groups.values(), key=len, default=[])


def _levels(one: Configuration) -> tuple[Level, ...]:
    closed = next(
        (r.closed for r in one.repetitions if r.closed and len(r.closed.levels) > 1), None
    )
    return closed.levels if closed else ()


def _most_at(contention: float, coherency: float) -> float | None:
    if coherency <= 0 or contention >= 1:
        return None
    return round(max(1.0, math.sqrt((1 - contention) / coherency)), 2)


def _estimate(value: float, half: float) -> Estimate:
    low, high = max(0.0, value - half), value + half
    return Estimate(value=value, low=low, high=high, sure=value)


def _none(axis: str, levels: int, reason: str) -> Scaling:
    return Scaling(
        axis=axis,
        levels=levels,
        slope_per_s=None,
        contention=None,
        coherency=None,
        most_at=None,
        reasons=dict.fromkeys(_PARAMETERS, reason),
    )
