"""Lays what was read of a system's parts on a phase's own seconds."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from msgspec.structs import replace

from loadtests.plan.plan import PhaseCounts
from loadtests.sweep.usage.thread_shares import one_thread_share
from loadtests.sweep.usage.usage_lines import lines_of
from loadtests.sweep.usage.usage_sampler import UsageReading
from reports.record.measurements import PartSeconds, Phase, QueueSeconds, Use
from testcontainers_fixtures.broker.queue_depth import Depth

BYTES_PER_MB = 1e6
MS_PER_S = 1_000.0
NO_LIMIT = "no CPU limit is set, so nothing can be throttled"
NO_REQUEST = "no request was made"
FELL = "what was told of {} fell meanwhile, as it does once copies that have ended are left out"
NO_MEMORY = "who tells of the CPU tells nothing of the memory"
# What somebody else reads now and then must have come so often in a phase: what was used at its two
# ends is guessed, and may be off by one such time.
LEAST_TOLD = 10
# A shorter rest of a phase than this is no second of its own.
_LEAST_REST_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseWindow:
    """A phase's time by `time.monotonic`: as planned, and until its last answer."""

    begin_s: float
    planned_s: float
    whole_s: float

    @property
    def end_s(self) -> float:
        """Return when its last answer came."""
        return self.begin_s + self.whole_s

    @property
    def edges_s(self) -> tuple[float, ...]:
        """Return where its seconds begin, and the end of the last, which may be shorter."""
        seconds = max(1, math.ceil(self.planned_s - _LEAST_REST_S))
        ends = (min(number, self.planned_s) for number in range(1, seconds + 1))
        return (self.begin_s, *(self.begin_s + end for end in ends))


def observed(phase: Phase, counts: PhaseCounts, readings: Sequence[UsageReading]) -> Phase:
    """Return the phase with what its parts used, second by second and over all of it.

    Readings that do not cover the phase tell nothing of it, and leave it as it is. A part of which
    somebody else tells now and then has to have been told of ten times in it. A part whose counter
    fell meanwhile is left out, and named in the phase's reason for `used`.
    """
    stretch = PhaseWindow(
        begin_s=counts.begin_s,
        planned_s=counts.duration_s,
        whole_s=max(counts.duration_s, counts.elapsed_s),
    )
    if not _covers(readings, stretch):
        return phase
    around = _around(readings, stretch)
    names = [
        name
        for name in around[0].parts
        if all(name in one.parts for one in around) and _is_fresh(around, name, stretch)
    ]
    fallen = [name for name in names if _falls(readings, name, stretch)]
    names = [name for name in names if name not in fallen]
    timeline = replace(
        phase.timeline,
        parts={name: part_seconds(readings, name, stretch) for name in names},
        queue=queue_seconds(readings, stretch),
    )
    used = {name: use(readings, name, stretch, requests=counts.samples) for name in names}
    reasons = {"used": FELL.format(", ".join(fallen))} if fallen else {}
    return replace(phase, timeline=timeline, used=used, reasons=phase.reasons | reasons)


def part_seconds(readings: Sequence[UsageReading], name: str, stretch: PhaseWindow) -> PartSeconds:
    """Return a part's cores, memory and throttled share, a value a second."""
    edges = stretch.edges_s
    cpu, memory, throttled = lines_of(readings, name, stretch.begin_s, stretch.end_s)
    seconds = list(pairwise(edges))
    return PartSeconds(
        cpu=tuple(round(cpu.gained(a, b) / (b - a), 3) for a, b in seconds),
        memory_mb=tuple(round(memory.at(b) / BYTES_PER_MB, 1) for _, b in seconds)
        if memory
        else (),
        throttled=tuple(round(min(1.0, throttled.gained(a, b) / (b - a)), 3) for a, b in seconds)
        if throttled
        else (),
    )


def queue_seconds(readings: Sequence[UsageReading], stretch: PhaseWindow) -> QueueSeconds:
    """Return what the broker held: of each second the reading next to its middle."""
    known = [(one.at_s, one.depth) for one in readings if one.depth is not None]
    if not known:
        return QueueSeconds()
    depths = [_nearest(known, (a + b) / 2) for a, b in pairwise(stretch.edges_s)]
    return QueueSeconds(
        ready=tuple(depth.ready for depth in depths),
        unacknowledged=tuple(depth.unacknowledged for depth in depths),
        connections=tuple(depth.connections for depth in depths),
    )


def use(readings: Sequence[UsageReading], name: str, stretch: PhaseWindow, *, requests: int) -> Use:
    """Return what a part used over the whole stretch, what of it late, and by request."""
    begin_s, end_s = stretch.begin_s, stretch.end_s
    planned_end_s = stretch.begin_s + stretch.planned_s
    cpu, memory, throttled = lines_of(readings, name, stretch.begin_s, stretch.end_s)
    cpu_s = cpu.gained(begin_s, end_s)
    reasons = {} if throttled else {"throttled_s": NO_LIMIT}
    reasons |= {} if memory else {"memory_mb_max": NO_MEMORY}
    return Use(
        cpu_s=round(cpu_s, 3),
        late_cpu_s=round(cpu.gained(planned_end_s, end_s), 3),
        demand_ms=round(cpu_s * MS_PER_S / requests, 4) if requests else None,
        memory_mb_max=round(memory.most(begin_s, end_s) / BYTES_PER_MB, 1) if memory else None,
        throttled_s=round(throttled.gained(begin_s, end_s), 3) if throttled else None,
        one_thread_share=one_thread_share(readings, name, begin_s, end_s),
        reasons=reasons if requests else reasons | {"demand_ms": NO_REQUEST},
    )


def _nearest(known: Sequence[tuple[float, Depth]], time_s: float) -> Depth:
    return min(known, key=lambda pair: abs(pair[0] - time_s))[1]


def _covers(readings: Sequence[UsageReading], stretch: PhaseWindow) -> bool:
    return (
        len(readings) > 1
        and readings[0].at_s <= stretch.begin_s
        and readings[-1].at_s >= stretch.begin_s + stretch.planned_s
    )


def _around(readings: Sequence[UsageReading], stretch: PhaseWindow) -> Sequence[UsageReading]:
    """Return the readings from the last before a phase to the first after it."""
    times_s = [one.at_s for one in readings]
    first = bisect_right(times_s, stretch.begin_s) - 1
    return readings[first : bisect_left(times_s, stretch.end_s) + 1]


def _is_fresh(readings: Sequence[UsageReading], name: str, stretch: PhaseWindow) -> bool:
    """Tell whether a part was read here, or told of so often that little of it is guessed."""
    told_s = {one.parts[name].told_s for one in readings}
    if None in told_s:
        return True
    return (
        sum(at is not None and stretch.begin_s <= at <= stretch.end_s for at in told_s)
        >= LEAST_TOLD
    )


def _falls(readings: Sequence[UsageReading], name: str, stretch: PhaseWindow) -> bool:
    cpu, *_ = lines_of(readings, name, stretch.begin_s, stretch.end_s)
    return cpu.falls(stretch.begin_s, stretch.end_s)
