"""The workers of a load from several machines: which of them fared worst, and over repetitions."""

import statistics
from collections.abc import Callable, Sequence
from itertools import chain

from msgspec.structs import replace

from reports.record.measurements import LoadWorker, Phase


def worst(
    phase: Phase, figure: Callable[[LoadWorker], float | None], whole: float
) -> tuple[float, str]:
    """Return the largest of a figure over the workers, and whose it is as the end of a sentence.

    Where no machines of their own sent the load it is the whole phase's, and nobody's.
    """
    told = [(value, one.name) for one in phase.load_workers if (value := figure(one)) is not None]
    if not told:
        return whole, ""
    value, name = max(told)
    return value, f" at worker {name}"


def pool_wait_share(worker: LoadWorker) -> float | None:
    """Return which share of a worker's requests waited for a connection."""
    return worker.pool_waits / worker.samples if worker.samples else None


def wander_ms(worker: LoadWorker) -> float | None:
    """Return how far a worker's clock wandered, in whichever direction."""
    return None if worker.clock_wandered_ms is None else abs(worker.clock_wandered_ms)


def pooled_workers(phases: Sequence[Phase]) -> tuple[LoadWorker, ...]:
    """Return each worker over the repetitions of a phase, as it fared at worst."""
    by_name: dict[str, list[LoadWorker]] = {}
    for one in chain.from_iterable(phase.load_workers for phase in phases):
        by_name.setdefault(one.name, []).append(one)
    return tuple(map(_pooled, by_name.values()))


def _pooled(same: Sequence[LoadWorker]) -> LoadWorker:
    furthest = max(same, key=lambda one: wander_ms(one) or 0.0)
    lags_ms = [one.lag_ms_p99 for one in same if one.lag_ms_p99 is not None]
    return replace(
        furthest,
        left=any(one.left for one in same),
        samples=sum(one.samples for one in same),
        lag_ms_p99=max(lags_ms, default=None),
        cpu=statistics.fmean([one.cpu for one in same if not one.left] or [0.0]),
        loop_gap_ms_max=max(one.loop_gap_ms_max for one in same),
        pool_waits=sum(one.pool_waits for one in same),
        clock_within_ms=max(one.clock_within_ms for one in same),
        reasons=dict(chain.from_iterable(one.reasons.items() for one in same)),
    )
