"""What a load run measured, as frozen data: configuration, repetition, phase, latency.

LoadRun -> Configuration -> Repetition -> Phase -> Latency, Level, Endpoint, Histograms,
                                                   Breakdown, Trace, Timeline, Use,
                                                   LoadWorker
"""

from typing import Annotated

from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Amount = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Reason = Annotated[str, Meta(min_length=1)]
# A closed loop, or the kind of arrivals as the command line names it: "ramp:50-300".
Arrivals = Annotated[
    str, Meta(pattern="^(closed|poisson|constant|(ramp|steps|spike|replay):[^/]+)$")
]

USUAL_GATEWAY_WORKERS = 1
USUAL_PREFETCH = 32
BY = "\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}"


class Reasoned(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fact whose figures may be null, each null with its reason under the figure's name."""

    reasons: dict[str, Reason] = {}

    def __post_init__(self) -> None:
        """Refuse a null that does not say why."""
        for name in self.__struct_fields__:
            if getattr(self, name) is None and name not in self.reasons:
                raise ValueError(f"{name} is null without a reason: say it in reasons[{name!r}]")


class Latency(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Percentiles in milliseconds over `samples` requests; `latency.summary` makes them."""

    samples: Count
    p50: Amount | None
    p90: Amount | None
    p99: Amount | None
    p99_9: Amount | None
    max: Amount | None


class Level(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of the closed loop: so many users, and what they got through."""

    users: Positive
    duration_s: Amount
    throughput_per_s: Amount
    samples: Count
    failed: Count
    latency_ms: Latency


class Endpoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call of the traffic mix; `unknown` counts calls that may or may not have happened."""

    name: str
    samples: Count
    failed: Count
    unknown: Count = 0
    latency_ms: Latency


class FlowFigures(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sessions of a scenario's flow; its steps are the phase's endpoints.

    `broken` are those that ended with a step that was not answered well; `steps_planned` counts
    the steps of all sessions, `steps_sent` those that were begun. `latency_ms` is what a session
    waited for all its answers, from its arrival on, without the think times; a broken one counts
    where its last request may have happened, as having waited so long at least.
    """

    sessions: Count
    broken: Count
    steps_planned: Count
    steps_sent: Count
    latency_ms: Latency


class Histograms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Encoded HdrHistograms in microseconds, from which every percentile can be taken again.

    `total` counts response times (from the intended start), `service_time` those from the actual
    start; `endpoints` and `rpc_endpoints` go by call name, `seconds` by second of the phase; `flow`
    counts whole sessions.
    """

    total: str
    rpc: str | None = None
    service_time: str | None = None
    endpoints: dict[str, str] = {}
    rpc_endpoints: dict[str, str] = {}
    hops: dict[str, str] = {}
    seconds: tuple[str, ...] = ()
    flow: str | None = None


class Breakdown(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the requests around one percentile rank spent their time, in mean milliseconds.

    Over the `requests` within `within_ranks` of `rank` (half a rank, or as much more as 100
    requests need: at most 10 around the median, 5 around p90, 1 around p99), `whole_ms` is the
    mean response time, and
    `hops_ms` what each hop took for itself alone (without the hops inside it), in the stack file's
    order, `late` being how late the request was sent. `residual_ms` is what no hop accounts for
    (client and network), so that the hops and it add up to the whole. Percentiles of hops would
    not add up; these means do.
    """

    rank: Annotated[float, Meta(ge=0, le=100)]
    within_ranks: Amount = 0.5
    requests: Count
    whole_ms: Amount | None
    hops_ms: dict[str, float]
    residual_ms: float | None


class Span(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bar of a waterfall; `start_ms` counts from the request's intended start."""

    name: str
    start_ms: float
    duration_ms: Amount


class Trace(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of a phase's slowest requests, taken apart; `at_s` is when it was due in the phase."""

    endpoint: str
    trace_id: str
    at_s: float
    whole_ms: Amount
    spans: tuple[Span, ...]


class PartSeconds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part's use of the machine, all its copies together, a value a second of the phase.

    `cpu` in cores, `memory_mb` resident, `throttled` the share of the second the kernel held it
    back (empty where no limit is set).
    """

    cpu: tuple[Amount, ...] = ()
    memory_mb: tuple[Amount, ...] = ()
    throttled: tuple[Amount, ...] = ()


class QueueSeconds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the broker held, a value a second of the phase."""

    ready: tuple[Count, ...] = ()
    unacknowledged: tuple[Count, ...] = ()
    connections: tuple[Count, ...] = ()


class Timeline(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phase at 1 Hz from its begin; `in_flight` counts requests due and not yet answered."""

    in_flight: tuple[Count, ...] = ()
    parts: dict[str, PartSeconds] = {}
    queue: QueueSeconds = QueueSeconds()


class Use(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a part used over a phase; `demand_ms` is its CPU time a request (service demand).

    `cpu_s` runs to the last answer; `late_cpu_s` is what of it came after the phase's planned end.
    `one_thread_share` is what of a copy's its busiest thread took, the least over its copies; 0
    where nothing told them apart.
    """

    cpu_s: Amount
    late_cpu_s: Amount = 0.0
    demand_ms: Amount | None
    memory_mb_max: Amount | None
    throttled_s: Amount | None
    one_thread_share: Share = 0.0


class Window(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One stretch of the warm-up."""

    throughput_per_s: Amount
    p50_ms: Amount | None


class WarmUp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was cut away before measuring: `stable` when the last three windows agree in 10 %."""

    cut_s: Amount
    stable: bool
    windows: tuple[Window, ...]


class Floor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the generator itself adds: its latency against a responder that does nothing.

    `rate_per_s` is the open rate it was measured at, `most_per_s` what its closed loop reached.
    """

    rate_per_s: Amount
    most_per_s: Amount
    latency_ms: Latency
    histogram: str


class LoadWorker(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the processes, on machines of their own, that sent a phase: how it fared itself.

    `beside` is one on the master's machine; what one that `left` had sent is not known. `cpu` is
    its busy share of a core. `clock_ahead_ms` is how far its wall clock was ahead of the master's,
    known within `clock_within_ms` (half the least round trip). `clock_wandered_ms` is how much
    further the monotonic clock, by which phases begin and requests are due, was ahead afterwards.
    """

    name: str
    beside: bool = False
    left: bool = False
    samples: Count
    lag_ms_p99: Amount | None
    cpu: Amount
    loop_gap_ms_max: Amount
    pool_waits: Count
    clock_ahead_ms: float
    clock_within_ms: Amount
    clock_wandered_ms: float | None


class Phase(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One stretch of traffic with one kind of arrivals.

    `samples` counts every request that was begun, `failed` and `unknown` those of them that went
    wrong or may have; throughput counts the rest. `offered_per_s` and `lag_ms_p99` (how late the
    pacer began requests) are null in a closed loop, `users` in an open one. In the closed phase
    the figures are those of its best level, and `levels` lists all that were tried. `host_cpu`
    (all cores) and `generator_cpu` (of one core, in the busiest of the `generators` processes) are
    busy shares, until the phase's planned end. `worker_shares` maps a service to the share of its
    requests that each of its workers answered. `loop_gap_ms_max` is the
    longest the generator's event loop stood still, `pool_waits` how often a request waited for a
    connection, `closings` how many answers closed theirs, `logins` how often users were logged in
    anew; `used` has what each part used.
    Of the good answers that are held to more than their status, `checked` and `unchecked` ones:
    checks that would take more than 5 % of the generator's CPU time are left out.
    `flows` has one entry where sessions were sent; then `offered_per_s` and `achieved_per_s` are of
    all their planned steps, and steps may be due after the phase, which count too.
    `apart` tells that parts ran on other machines than the one the load came from, whose CPU
    `host_cpu` is of.
    `yardstick_ms` is what a fixed piece of work took before and after: the longer, the slower was
    the machine itself. Empty where nobody timed it.
    Where the load came from several machines `load_workers` has each of its workers, `host_cpu` is
    that of the master's machine, and `lag_ms_p99` is over all workers together.
    """

    arrivals: Arrivals
    users: Positive | None
    duration_s: Amount
    offered_per_s: Amount | None
    achieved_per_s: Amount
    throughput_per_s: Amount
    samples: Count
    failed: Count
    unknown: Count
    latency_ms: Latency
    rpc_ms: Latency | None
    host_cpu: Share | None
    generator_cpu: Amount | None
    generators: Positive = 1
    lag_ms_p99: Amount | None
    worker_shares: dict[str, dict[str, Share]]
    histograms: Histograms
    endpoints: tuple[Endpoint, ...]
    flows: tuple[FlowFigures, ...] = ()
    errors: dict[str, Count]
    levels: tuple[Level, ...] = ()
    hops: tuple[Breakdown, ...] = ()
    slowest: tuple[Trace, ...] = ()
    timeline: Timeline = Timeline()
    used: dict[str, Use] = {}
    loop_gap_ms_max: Amount = 0.0
    pool_waits: Count = 0
    closings: Count = 0
    logins: Count = 0
    checked: Count = 0
    unchecked: Count = 0
    yardstick_ms: tuple[Amount, ...] = ()
    load_workers: tuple[LoadWorker, ...] = ()
    apart: bool = False

    @property
    def generator_cores(self) -> float | None:
        """Return how many cores of the machine that `host_cpu` is about the generator kept busy."""
        if self.load_workers:
            return sum(one.cpu for one in self.load_workers if one.beside)
        return None if self.generator_cpu is None else self.generator_cpu * self.generators


class Node(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A machine of an engine's on which copies ran: its cores, and how many of which part.

    `here` tells that the load came from it too.
    """

    name: str
    cores: Amount | None
    here: bool
    copies: dict[str, Count]


class Repetition(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One pass over a configuration: closed loop, 70 % of its maximum, the common rate.

    `nodes` are where its copies ran, as the engine that runs them tells; empty where none does.
    `core_limits` are the cores that it allows a copy of each part that it limits.
    """

    warm_up: Phase | None
    closed: Phase | None
    open: Phase | None
    common: Phase | None
    warmed: WarmUp = WarmUp(cut_s=0.0, stable=False, windows=())
    nodes: tuple[Node, ...] = ()
    core_limits: dict[str, Amount] = {}


class Unmeasured(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was to be measured and was not, since its load process died; with its last words."""

    subject: str
    sentence: str


class Transport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way of asking over a queue: its name is its scenario's; `keeps` names promises."""

    name: str
    sentence: str
    keeps: dict[str, bool]


class Configuration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One point of the sweep under one scenario."""

    scenario: str
    resolvers: Positive
    service_workers: Positive
    gateway_workers: Positive
    prefetch: Positive
    of_parts: dict[str, Positive] = {}
    repetitions: tuple[Repetition, ...]

    @property
    def label(self) -> str:
        """Return the point's short name: '2 x 1', then what is unusual, or told part by part."""
        extras = []
        if self.gateway_workers != USUAL_GATEWAY_WORKERS:
            extras.append(f"gw {self.gateway_workers}")
        if self.prefetch != USUAL_PREFETCH:
            extras.append(f"pf {self.prefetch}")
        extras += [f"{name} {copies}" for name, copies in self.of_parts.items()]
        return " ".join([f"{self.resolvers}{BY}{self.service_workers}", *extras])

    @property
    def copies(self) -> int:
        """Return how many processes the point has: what makes one smaller than another."""
        named = sum(self.of_parts.values())
        return self.resolvers + self.service_workers + self.gateway_workers + named
