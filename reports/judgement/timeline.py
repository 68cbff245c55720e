"""A phase second by second: its latencies beside what the parts used and what the queue held."""

import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from msgspec import Struct

from reports.record import latency
from reports.record.measurements import Latency, Phase

Top = Literal["p99", "p90", "max"]
MOST_MOMENTS: Final = 60


class TimelinePoint(Struct, frozen=True, kw_only=True):
    """One second of a phase, or a few seconds together; None is what was not measured.

    `latency_ms` comes from the requests that were due then; the rest are means over the seconds.
    """

    start_s: float
    length_s: float
    histogram: str | None
    latency_ms: Latency
    in_flight: float | None
    cpu: dict[str, float]
    memory_mb: dict[str, float]
    ready: float | None
    unacknowledged: float | None


def moments(phase: Phase, most: int = MOST_MOMENTS) -> list[TimelinePoint]:
    """Return a phase's seconds in order; above `most`, several seconds are taken together."""
    seconds = max(len(phase.histograms.seconds), len(phase.timeline.in_flight))
    step = max(1, math.ceil(seconds / most))
    return [_moment(phase, start, min(start + step, seconds)) for start in range(0, seconds, step)]


def top(latencies: Iterable[Latency]) -> Top:
    """Return the highest percentile that most of some latencies carry: a second has few samples."""
    known = [one for one in latencies if one.samples]
    for name in ("p99", "p90"):
        if sum(getattr(one, name) is not None for one in known) * 2 > len(known):
            return name
    return "max"


def _moment(phase: Phase, start: int, end: int) -> TimelinePoint:
    timeline = phase.timeline
    texts = [text for text in phase.histograms.seconds[start:end] if text]
    merged = latency.merge(map(latency.decode, texts))
    parts = timeline.parts.items()
    cpu = {name: _mean(part.cpu[start:end]) for name, part in parts}
    memory_mb = {name: _mean(part.memory_mb[start:end]) for name, part in parts}
    return TimelinePoint(
        start_s=float(start),
        length_s=float(end - start),
        histogram=latency.encode(merged) if texts else None,
        latency_ms=latency.summary(merged),
        in_flight=_mean(timeline.in_flight[start:end]),
        cpu={name: value for name, value in cpu.items() if value is not None},
        memory_mb={name: value for name, value in memory_mb.items() if value is not None},
        ready=_mean(timeline.queue.ready[start:end]),
        unacknowledged=_mean(timeline.queue.unacknowledged[start:end]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None
