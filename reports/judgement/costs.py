"""Where the time of a request and the CPU of the parts went, taken together over repetitions."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from reports.record.measurements import Breakdown, Phase, Trace, Use

SLOWEST: Final = 10


def breakdowns(phases: Sequence[Phase]) -> tuple[Breakdown, ...]:
    """Return the mean of each hop around each rank, every repetition weighing its requests.

    Means of means so weighted still add up: hops and residual make the whole.
    """
    known = [one for phase in phases for one in phase.hops if one.whole_ms is not None]
    ranks = sorted({one.rank for one in known})
    return tuple(_joined([one for one in known if one.rank == rank]) for rank in ranks)


def slowest(phases: Sequence[Phase]) -> tuple[Trace, ...]:
    """Return the slowest requests of all repetitions, the slowest first."""
    every = (trace for phase in phases for trace in phase.slowest)
    return tuple(sorted(every, key=lambda trace: -trace.whole_ms)[:SLOWEST])


def used(phases: Sequence[Phase]) -> dict[str, Use]:
    """Return what each part used over the repetitions that say so."""
    names = dict.fromkeys(name for phase in phases for name in phase.used)
    return {name: _used([phase for phase in phases if name in phase.used], name) for name in names}


def _joined(same: Sequence[Breakdown]) -> Breakdown:
    hops = dict.fromkeys(name for one in same for name in one.hops_ms)
    weights = [one.requests for one in same]
    return Breakdown(
        rank=same[0].rank,
        within_ranks=max(one.within_ranks for one in same),
        requests=sum(weights),
        whole_ms=_weighted((one.whole_ms or 0.0 for one in same), weights),
        hops_ms={
            name: _weighted((one.hops_ms.get(name, 0.0) for one in same), weights) for name in hops
        },
        residual_ms=_weighted((one.residual_ms or 0.0 for one in same), weights),
    )


def _weighted(values: Iterable[float], weights: Sequence[int]) -> float:
    total = math.fsum(value * weight for value, weight in zip(values, weights, strict=True))
    return total / (sum(weights) or 1)


def _used(phases: Sequence[Phase], name: str) -> Use:
    uses = [phase.used[name] for phase in phases]
    cpu_s = math.fsum(use.cpu_s for use in uses)
    answered = sum(phase.samples - phase.failed - phase.unknown for phase in phases)
    demands = [use.demand_ms for use in uses if use.demand_ms is not None]
    memory = [use.memory_mb_max for use in uses if use.memory_mb_max is not None]
    held = [use.throttled_s for use in uses if use.throttled_s is not None]
    return Use(
        cpu_s=cpu_s,
        late_cpu_s=math.fsum(use.late_cpu_s for use in uses),
        demand_ms=cpu_s / answered * 1_000 if answered and demands else None,
        memory_mb_max=max(memory, default=None),
        throttled_s=math.fsum(held) if held else None,
        one_thread_share=min((one for use in uses if (one := use.one_thread_share)), default=0.0),
        reasons={key: why for use in uses for key, why in use.reasons.items()}
        | ({} if answered else {"demand_ms": "no request was answered"}),
    )
