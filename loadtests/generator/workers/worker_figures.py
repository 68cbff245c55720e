"""How each worker fared in a phase, for the record: its gates are judged one by one."""

from typing import Final

from loadtests.generator.merged_results import PartialResult
from loadtests.generator.workers.clock_offsets import ClockOffset
from loadtests.generator.workers.enrolment import EnrolledWorker
from reports.record import latency
from reports.record.measurements import LoadWorker

LEFT: Final = "it left before the phase was over"
NOTHING_LATE: Final = "a closed loop plans no rate, so nothing can be late"
_P99: Final = 99.0
_MS_PER_S: Final = 1_000
_DIGITS: Final = 3


def worker_figures(
    worker: EnrolledWorker, share: PartialResult, before: ClockOffset, after: ClockOffset
) -> LoadWorker:
    """Return what a worker counted of itself, and what became of its clock meanwhile."""
    lag_ms = latency.value_ms(latency.decode(share.lag), _P99) if share.lag else None
    wandered_s = after.monotonic_s - before.monotonic_s
    return LoadWorker(
        name=worker.name,
        beside=worker.beside,
        samples=sum(one.samples for one in share.outcomes.values()),
        lag_ms_p99=lag_ms,
        cpu=round(share.generator_cpu, _DIGITS),
        loop_gap_ms_max=round(share.loop_gap_ms_max, _DIGITS),
        pool_waits=share.pool_waits,
        clock_ahead_ms=_ms(before.wall_s),
        clock_within_ms=_ms(max(before.within_s, after.within_s)),
        clock_wandered_ms=_ms(wandered_s),
        reasons={"lag_ms_p99": NOTHING_LATE} if lag_ms is None else {},
    )


def left_figures(worker: EnrolledWorker, before: ClockOffset) -> LoadWorker:
    """Return what is known of a worker that left meanwhile: what it sent went with it."""
    return LoadWorker(
        name=worker.name,
        beside=worker.beside,
        left=True,
        samples=0,
        lag_ms_p99=None,
        cpu=0.0,
        loop_gap_ms_max=0.0,
        pool_waits=0,
        clock_ahead_ms=_ms(before.wall_s),
        clock_within_ms=_ms(before.within_s),
        clock_wandered_ms=None,
        reasons={"lag_ms_p99": LEFT, "clock_wandered_ms": LEFT},
    )


def _ms(seconds: float) -> float:
    return round(seconds * _MS_PER_S, _DIGITS)
