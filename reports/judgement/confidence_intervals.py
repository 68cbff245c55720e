"""Says how far a figure can be trusted: t intervals on the logs of what each repetition measured.

Latencies and rates are positive and skewed, and what disturbs them multiplies, so their logs are
taken. A repetition is one value, however many samples it has: requests of one repetition share its
fate. The percentile bootstrap covers 75 % instead of 95 % over three repetitions; t does not.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Final, Literal

from msgspec import Meta

from reports.judgement.pooling import PhaseName
from reports.record.measurements import Amount, Configuration, Count, Phase, Reasoned

Metric = Literal["p50", "p99", "throughput"]
CONFIDENCE: Final = 0.95
LEAST_FOR_INTERVAL: Final = 3
LEAST_FOR_VERDICT: Final = 5
_NO_VALUE: Final = "no repetition has the figure"
# Halvings of the range in which a quantile is looked for: below the precision of a float.
_HALVINGS: Final = 200
_FURTHEST: Final = 1e9


class Interval(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure over `n` repetitions, in the figure's own unit, with its 95 % interval.

    `estimate` is the geometric mean of the repetitions' values. Under three repetitions there is
    an estimate and no interval. `relative_half_width` is (high - estimate) / estimate, which is
    the wider side: 0.05 is the 5 % of `--until-ci 5%`.
    """

    n: Count
    estimate: Amount | None
    low: Amount | None
    high: Amount | None
    relative_half_width: Annotated[float, Meta(ge=0)] | None

    @property
    def carries_verdict(self) -> bool:
        """Tell whether there are repetitions enough to decide something by it (five)."""
        return self.low is not None and self.n >= LEAST_FOR_VERDICT


def interval(values: Iterable[float], *, confidence: float = CONFIDENCE) -> Interval:
    """Return the t interval of some repetitions' values; what they cannot carry is null, and why.

    exp(mean(ln x) -+ t(n - 1) * s / sqrt(n)), with s the standard deviation of the logs.
    """
    known = tuple(values)
    if not known:
        return _without(0, None, _NO_VALUE)
    if min(known) <= 0:
        return _without(len(known), None, "a value of 0 has no logarithm")
    logs = [math.log(value) for value in known]
    n, mean = len(logs), math.fsum(logs) / len(logs)
    if n < LEAST_FOR_INTERVAL:
        return _without(n, math.exp(mean), f"{n} of {LEAST_FOR_INTERVAL} repetitions needed")
    variance = math.fsum((log - mean) ** 2 for log in logs) / (n - 1)
    half = t_quantile(n - 1, confidence=confidence) * math.sqrt(variance / n)
    return Interval(
        n=n,
        estimate=math.exp(mean),
        low=math.exp(mean - half),
        high=math.exp(mean + half),
        relative_half_width=math.expm1(half),
    )


def over_repetitions(configuration: Configuration, phase: PhaseName, metric: Metric) -> Interval:
    """Return the interval of one figure of a configuration's phase.

    A repetition that lacks the phase, or whose samples cannot carry the percentile, has no value.
    """
    phases = [found for one in configuration.repetitions if (found := getattr(one, phase))]
    values = [value for one in phases if (value := METRICS[metric](one)) is not None]
    if phases and not values:
        reason = phases[0].latency_ms.reasons.get(metric, _NO_VALUE)
        return _without(0, None, f"in each repetition {reason}")
    return interval(values)


def values_of(phases: Sequence[Phase], metric: Metric) -> tuple[float | None, ...]:
    """Return a figure repetition by repetition, None where its samples cannot carry it."""
    return tuple(METRICS[metric](phase) for phase in phases)


def t_quantile(freedom: int, *, confidence: float = CONFIDENCE) -> float:
    """Return t such that Student's t lies within -t and t with this probability.

    The distribution function is exact for whole degrees of freedom (Abramowitz and Stegun, 26.7.3
    and 26.7.4); it is inverted by halving.
    """
    if freedom < 1 or not 0 < confidence < 1:
        raise ValueError(
            f"expected 1 degree of freedom or more and a confidence between 0 and 1; got "
            f"{freedom} and {confidence}"
        )
    low, high = 0.0, _FURTHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, freedom) < confidence else (low, middle)
    return (low + high) / 2


def within(t: float, freedom: int) -> float:
    """Return the probability that Student's t with whole degrees of freedom is within -t and t."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    # The series' terms: cos, 2/3 cos^3, 2*4/(3*5) cos^5, ... or 1, 1/2 cos^2, 1*3/(2*4) cos^4, ...
    term = cosine if odd else 1.0
    total = term if freedom > 1 else 0.0
    for power in range(2 + odd, freedom - 1, 2):
        term *= cosine * cosine * (power - 1) / power
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def _without(n: int, estimate: float | None, reason: str) -> Interval:
    names = ("low", "high", "relative_half_width", *(() if estimate else ("estimate",)))
    return Interval(
        n=n,
        estimate=estimate,
        low=None,
        high=None,
        relative_half_width=None,
        reasons=dict.fromkeys(names, reason),
    )


METRICS: Final[dict[Metric, Callable[[Phase], float | None]]] = {
    "p50": lambda phase: phase.latency_ms.p50,
    "p99": lambda phase: phase.latency_ms.p99,
    "throughput": lambda phase: phase.throughput_per_s,
}
