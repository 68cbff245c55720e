"""What a load process counted: plain data, from which the run record's phases are made."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from reports.record.measurements import Breakdown, LoadWorker, Trace, WarmUp

# Of a level's requests, so many may fail before another level is preferred.
MOST_FAILED: Final = 0.01


class EndpointCounts(Struct, frozen=True, kw_only=True):
    """The requests of one call, and its encoded histograms in microseconds."""

    samples: int
    failed: int
    unknown: int
    latency: str
    rpc: str | None


class FlowCounts(Struct, frozen=True, kw_only=True):
    """The sessions of a flow, begun and ended.

    `broken` are those that ended before their last step, or with it, because it was not answered
    well; `planned` and `sent` count steps. `latency` is an encoded histogram in microseconds of
    what a session waited for its answers, from its arrival on: think times are left out.
    """

    sessions: int
    broken: int
    planned: int
    sent: int
    latency: str


class PhaseCounts(Struct, frozen=True, kw_only=True):
    """What was counted in one phase, before anything is concluded from it.

    `begin_s` is `time.monotonic()` at its begin, the same clock for every process of a host.
    `elapsed_s` runs to the last answer, `sending_s` to the last request begun (of a flow, to the
    last session). `workers` counts
    answers by the worker header's value. Shares of the CPU: `host_cpu` of all cores,
    `generator_cpu` of one, in the busiest of the `generators` processes. `hops` are encoded
    histograms of what each hop took for itself. `in_flight` holds the requests due and not yet
    answered at the end of each second; `pool_waits` are the requests that found no open connection
    free, `closings` the answers with which the server closed one; `logins` is how often users were
    logged in anew meanwhile; `checked` and `unchecked` are the good answers that are held to more
    than a status. `yardstick_ms` is what a fixed piece of work took before the phase and after it.
    """

    arrivals: str
    begin_s: float
    users: int | None
    duration_s: float
    offered_per_s: float | None
    elapsed_s: float
    sending_s: float
    endpoints: dict[str, EndpointCounts]
    seconds: tuple[str, ...]
    service_time: str
    lag: str | None
    workers: dict[str, int]
    errors: dict[str, int]
    host_cpu: float | None
    generator_cpu: float
    generators: int = 1
    hops: dict[str, str] = {}
    breakdowns: tuple[Breakdown, ...] = ()
    slowest: tuple[Trace, ...] = ()
    in_flight: tuple[int, ...] = ()
    loop_gap_ms_max: float = 0.0
    pool_waits: int = 0
    closings: int = 0
    logins: int = 0
    checked: int = 0
    unchecked: int = 0
    yardstick_ms: tuple[float, ...] = ()
    flow: FlowCounts | None = None
    load_workers: tuple[LoadWorker, ...] = ()

    @property
    def achieved_per_s(self) -> float:
        """Return how many requests a second were sent.

        A session that broke sends fewer than planned, and one that thinks sends some of them after
        the phase: neither is the pacer's doing, so of a flow the steps that were planned count.
        """
        sent = self.flow.planned if self.flow and self.offered_per_s else self.samples
        return sent / self.sending_s

    @property
    def samples(self) -> int:
        """Return how many requests were begun."""
        return sum(one.samples for one in self.endpoints.values())

    @property
    def failed(self) -> int:
        """Return how many of them failed."""
        return sum(one.failed for one in self.endpoints.values())

    @property
    def unknown(self) -> int:
        """Return how many of them may or may not have happened."""
        return sum(one.unknown for one in self.endpoints.values())

    @property
    def clean(self) -> bool:
        """Tell whether at most 1 % of the requests ended otherwise than well."""
        return self.failed + self.unknown <= MOST_FAILED * self.samples

    @property
    def throughput_per_s(self) -> float:
        """Return the good answers per second; of an open loop, until its last answer came."""
        closed = self.offered_per_s is None
        good = self.samples - self.failed - self.unknown
        return good / (self.duration_s if closed else self.elapsed_s)


class Results(Struct, frozen=True, kw_only=True):
    """What one load process measured; `levels` holds every level of the closed loop.

    Of a plan for an open phase alone there are no levels, and no common rate beside the open one;
    where the best level is known already, there is only the common rate. Where no request was
    answered well there is no rate, and none of the open phases.
    `niceness` is the scheduling priority that the process was allowed: below 0 it goes first.
    """

    niceness: int
    common_per_s: float | None
    warm_up: PhaseCounts
    levels: tuple[PhaseCounts, ...]
    open: PhaseCounts | None
    common: PhaseCounts | None
    warmed: WarmUp = WarmUp(cut_s=0.0, stable=False, windows=())

    @property
    def best(self) -> PhaseCounts:
        """Return the level that got through the most."""
        return most_through(self.levels)


def most_through(levels: Iterable[PhaseCounts]) -> PhaseCounts:
    """Return the level that got through the most; one with many failures only if all have them.

    Beyond what a system takes in it answers "overload" fast, and the good answers beside those
    refusals may be many: that level is no rate to plan with.
    """
    return max(levels, key=lambda level: (level.clean, level.throughput_per_s))
