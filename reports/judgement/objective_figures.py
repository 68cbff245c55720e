"""The figures that SLOs are about, each with its 95 % interval over what was measured."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from reports.judgement.confidence_intervals import LEAST_FOR_INTERVAL, interval
from reports.judgement.counted_intervals import (
    percentile_interval_ms,
    rate_interval,
    samples_for_share,
    share_interval,
)
from reports.judgement.pooling import pool
from reports.record import latency, number_formats
from reports.record.measurements import Endpoint, Latency, Phase
from reports.record.objectives import FigureName, Objective

LONGER: Final = "more --repetitions or a longer --duration would tell"
_NO_CALL: Final = "no such call was made"


class Found(Struct, frozen=True, kw_only=True):
    """A figure with its 95 % interval, in the limit's unit; `reason` says why one is missing.

    `more` is what would narrow the interval.
    """

    value: float | None = None
    low: float = 0.0
    high: float | None = None
    reason: str = ""
    more: str = LONGER


def measured(objective: Objective, phases: Sequence[Phase]) -> Found:
    """Return an SLO's figure over a phase of each repetition (one at least)."""
    return _FIGURES[objective.figure](objective, phases)


def _percentile(objective: Objective, phases: Sequence[Phase]) -> Found:
    if len(phases) < LEAST_FOR_INTERVAL:
        return _counted(objective, pool(phases))
    latencies = [_latency(phase, objective.call) for phase in phases]
    values = [value for one in latencies if one and (value := getattr(one, objective.figure))]
    if len(values) >= LEAST_FOR_INTERVAL:
        over = interval(values)
        return Found(value=over.estimate, low=over.low or 0.0, high=over.high)
    lacking = (one.reasons.get(objective.figure) for one in latencies if one)
    why = next((reason for reason in lacking if reason), _NO_CALL)
    few = f"{len(values)} of {LEAST_FOR_INTERVAL} repetitions needed have it"
    return Found(reason=f"{few} ({why}); a longer --duration would tell")


def _counted(objective: Objective, phase: Phase) -> Found:
    """Return a percentile of one repetition, or of two taken together, by its order statistics."""
    known = _latency(phase, objective.call)
    text = phase.histograms.endpoints.get(objective.call)
    text = text if objective.call else phase.histograms.total
    if known is None or text is None:
        return Found(reason=_NO_CALL)
    value: float | None = getattr(known, objective.figure)
    if value is None:
        why = known.reasons[objective.figure]
        return Found(reason=f"{why}; a longer --duration would tell")
    percentile = latency.PERCENTILES[objective.figure]
    low, high = percentile_interval_ms(latency.decode(text), percentile)
    return Found(value=value, low=low, high=high)


def _latency(phase: Phase, call: str) -> Latency | None:
    if not call:
        return phase.latency_ms
    return next((one.latency_ms for one in phase.endpoints if one.name == call), None)


def _failed(objective: Objective, phases: Sequence[Phase]) -> Found:
    counted: list[Phase | Endpoint] = [
        one
        for phase in phases
        for one in ((phase,) if not objective.call else phase.endpoints)
        if isinstance(one, Phase) or one.name == objective.call
    ]
    count = sum(one.failed + one.unknown for one in counted)
    samples = sum(one.samples for one in counted)
    if not samples:
        return Found(reason=_NO_CALL)
    low, high = share_interval(count, samples)
    needed = number_formats.count(samples_for_share(objective.limit))
    clean = f"{needed} requests of which none fails would tell; ask for a longer --duration"
    return Found(value=count / samples, low=low, high=high, more=LONGER if count else clean)


def _throughput(objective: Objective, phases: Sequence[Phase]) -> Found:
    phase = pool(phases)
    if phase.offered_per_s is not None and phase.offered_per_s <= objective.limit:
        offered = number_formats.rate(phase.offered_per_s)
        return Found(reason=f"only {offered} requests/s were offered; a higher --rate would tell")
    if len(phases) >= LEAST_FOR_INTERVAL:
        over = interval([one.throughput_per_s for one in phases])
        return Found(value=over.estimate, low=over.low or 0.0, high=over.high)
    count = phase.samples - phase.failed - phase.unknown
    low, high = rate_interval(count, phase.duration_s)
    return Found(value=phase.throughput_per_s, low=low, high=high)


_FIGURES: Final[dict[FigureName, Callable[[Objective, Sequence[Phase]], Found]]] = {
    "p50": _percentile,
    "p90": _percentile,
    "p99": _percentile,
    "p99_9": _percentile,
    "failed": _failed,
    "throughput": _throughput,
}
