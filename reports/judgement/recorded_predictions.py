"""Reads what is predicted of a configuration: its p99 at a rate, what binds it, and how it is said.

Between two predicted rates a figure is interpolated, straight over the rate; outside of them it is
not known. The page's own script (`sizing.js`) reads the same figures and answers in the same way.
"""

from typing import Final

from reports.record import number_formats
from reports.record.capacity import Estimate, Prediction, no_estimate

NAMES: Final = ("value", "low", "high", "sure")
NOT_KNOWN: Final = "not known"


def at_rate(outlook: Prediction, rate_per_s: float) -> Estimate:
    """Return the p99 in ms at a rate, between the predicted rates; else why there is none."""
    known = [one for one in outlook.forecasts if one.p99_ms.value is not None]
    if not known or not known[0].rate_per_s <= rate_per_s <= known[-1].rate_per_s:
        return no_estimate(NOT_KNOWN)
    after = next(number for number, one in enumerate(known) if one.rate_per_s >= rate_per_s)
    before, behind = known[max(0, after - 1)], known[after]
    span = behind.rate_per_s - before.rate_per_s
    part = (rate_per_s - before.rate_per_s) / span if span else 0.0

    def between(name: str) -> float:
        low, high = getattr(before.p99_ms, name), getattr(behind.p99_ms, name)
        return float(low + part * (high - low))

    value, low, high, sure = (between(name) for name in NAMES)
    return Estimate(value=value, low=low, high=high, sure=sure)


def said(one: Estimate) -> str:
    """Return an estimate in words, with its interval: '84.1 (60.3 to 118)'."""
    if one.value is None or one.low is None or one.high is None:
        return NOT_KNOWN
    interval = f"{number_formats.number(one.low)} to {number_formats.number(one.high)}"
    return f"{number_formats.number(one.value)} ({interval})"


def binding(outlook: Prediction) -> str:
    """Return the resource that allows the fewest requests."""
    least = min(outlook.bounds, key=lambda one: one.most_per_s, default=None)
    return least.resource if least else NOT_KNOWN


def points(outlook: Prediction) -> list[list[float]]:
    """Return each predicted rate with its p99 in ms (value, low, high, sure), to three digits."""
    known = (one for one in outlook.forecasts if one.p99_ms.value is not None)
    return [
        [
            float(f"{one.rate_per_s:.4g}"),
            *(float(f"{getattr(one.p99_ms, name):.3g}") for name in NAMES),
        ]
        for one in known
    ]
