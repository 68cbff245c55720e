"""What a measured configuration tells a model: its demands, its maximum, its latencies at rates."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from loadtests.capacity.core_limits import UNLIMITED, CoreLimits
from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.node_cores import CorePool
from loadtests.capacity.placement import Placement, Places
from loadtests.capacity.queueing_network import Dispatch, QueueingNetwork, ResolverCopies
from loadtests.capacity.ran_copies import RanCopies, called
from loadtests.capacity.resolver_kinds import AnswerTimes, ResolverKind, answer_times
from loadtests.capacity.service_demands import (
    NOTHING,
    Roles,
    ServiceDemands,
    between,
    demands_of,
    others_of,
)
from loadtests.plan.seeds import derived
from reports.judgement import validity_gates
from reports.judgement.cpu_speed import known_ms, phases_in
from reports.judgement.pooling import PhaseName, phases_of, pooled
from reports.record import latency
from reports.record.measurements import Configuration, Phase
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.part_usage import BROKER

_P50, _P99 = 50.0, 99.0
_LEAST_SAMPLES: Final = 100
_FULL_CORE: Final = 0.95
_FAIR_SHARE: Final = 0.5
_NOWHERE: Final = Placement(names=(), cores=())
_OPEN_PHASES: Final[tuple[PhaseName, ...]] = ("common", "open")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivenPhase:
    """One open phase that was driven: its rate and length, and the seed of its arrivals."""

    rate_per_s: float
    duration_s: float
    seed: int


def mean_per_s(paths: Sequence[DrivenPhase]) -> float:
    """Return the rate of some open phases."""
    return sum(path.rate_per_s for path in paths) / len(paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPhasePoint:
    """An open phase over all repetitions: its paths, and what was measured on them, in ms."""

    paths: tuple[DrivenPhase, ...]
    p50_ms: float
    p99_ms: float

    @property
    def rate_per_s(self) -> float:
        """Return the rate that was offered."""
        return mean_per_s(self.paths)

    @property
    def requests(self) -> float:
        """Return how many requests that were."""
        return sum(path.rate_per_s * path.duration_s for path in self.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPoint:
    """A configuration that was measured: `full` in the closed loop, `light` at its lowest rate.

    `paces_ms` are what the machine took for a fixed piece of work, each time it was timed.
    `answers` has what the calls that visit each of several resolvers take until their answer.
    `limits` are the cores that single parts could use, `pools` the machines, of several; `merged`
    says why several count as one.
    """

    at: CopyCounts
    users: int
    most_per_s: float
    full: ServiceDemands
    light: ServiceDemands
    seen: tuple[OpenPhasePoint, ...]
    shares: tuple[float, ...]
    generators: int
    paces_ms: tuple[float, ...] = ()
    roles: Roles = field(default_factory=Roles)
    answers: Mapping[str, AnswerTimes] = field(default_factory=dict)
    limits: CoreLimits = UNLIMITED
    pools: tuple[CorePool, ...] = ()
    merged: str = ""

    @property
    def kinds(self) -> tuple[ResolverKind, ...]:
        """Return the resolvers where there are several, and it is known which calls visit each."""
        return self.roles.kinds

    @property
    def cores(self) -> float:
        """Return the cores that the system would get if it needed them.

        What else ran took turns with it, and at equal weight leaves it half of the machine, however
        much it took of the time in which the system was waiting for something else than a core.
        """
        if self.pools:
            return math.fsum(self._cores_of(one) for one in self.pools)
        return max(self.full.cores - self.full.others, _FAIR_SHARE * self.full.cores)

    def _cores_of(self, pool: CorePool) -> float:
        """Return what of a machine the system would get; who else is on others nobody tells."""
        others = self.full.others if pool.here else 0.0
        return max(pool.cores - others, _FAIR_SHARE * pool.cores)

    def layout(
        self,
        at: CopyCounts,
        *,
        turns: int,
        dispatch: Dispatch,
        takes: Mapping[str, int] | None = None,
        leaning: int | None = None,
    ) -> QueueingNetwork:
        """Return how a configuration like this one is laid out; `takes` has turns by kind.

        Copies beyond those that ran are on the machines where these are, or with `leaning` all on
        the machine of that number, if it is one of these. Where it is told what ran, there are as
        many of each as ran where it was measured, whatever the stack file counts.
        """
        roles, limits, turns_of = self.roles, self.limits, takes or {}
        placement = self._placement(at, leaning) if self.pools else None
        where = placement or _NOWHERE
        names = [one.name for one in roles.kinds] or [roles.only_resolver]
        copies = _numbers([at.copies_of(one) for one in names], where.stations)
        workers = _numbers([at.service_workers] * len(roles.services), where.services)
        gateways = len(where.gateway) or at.gateway_workers
        kinds = tuple(
            self._copies(one, number, at, turns_of.get(one.name, 0))
            for one, number in zip(roles.kinds, copies, strict=False)
        )
        return QueueingNetwork(
            cores=self.cores,
            resolvers=sum(copies) if kinds or self.full.works.resolver_ms > 0 else 0,
            gateway_workers=gateways,
            service_workers=at.service_workers,
            prefetch=at.prefetch,
            generators=self.generators,
            turns=turns,
            dispatch=dispatch,
            shares=self.shares if len(self.shares) in {at.service_workers, *workers} else (),
            kinds=kinds,
            gateway_core_share=limits.core_share(roles.gateway, gateways),
            resolver_core_share=limits.copy_share(roles.resolvers),
            service_core_shares=tuple(
                limits.core_share((one,), number)
                for one, number in zip(roles.services, workers, strict=True)
            ),
            broker_cores=limits.whole(BROKER),
            backing=tuple(limits.whole(one.name) for one in self.full.works.backing),
            placement=placement,
        )

    def _placement(self, at: CopyCounts, leaning: int | None) -> Placement:
        """Return where the processes of a configuration run."""
        roles, measured = self.roles, self.at
        ran = RanCopies(pools=self.pools, replicated=self.limits.replicated, leaning=leaning)
        kinds: list[tuple[Collection[str], str]] = [((one.name,), one.name) for one in roles.kinds]
        return Placement(
            names=called(self.pools),
            cores=tuple(map(self._cores_of, self.pools)),
            generators=tuple(number for number, one in enumerate(self.pools) if one.here),
            gateway=ran.workers(roles.gateway, at.gateway_workers, measured.gateway_workers),
            broker=ran.places((BROKER,)),
            stations=tuple(
                ran.places(names, at.copies_of(one) / measured.copies_of(one))
                for names, one in kinds or [(roles.resolvers, roles.only_resolver)]
            ),
            services=tuple(
                ran.workers((name,), at.service_workers, measured.service_workers)
                for name in roles.services
            ),
            backing=tuple(ran.places((one.name,)) for one in self.full.works.backing),
        )

    def _copies(
        self, kind: ResolverKind, copies: int, at: CopyCounts, turns: int
    ) -> ResolverCopies:
        # What is not given the configuration's prefetch has one of its own: as many as it takes.
        prefetch = turns if turns and not kind.has_prefetch else at.prefetch
        return ResolverCopies(
            copies=copies,
            prefetch=prefetch,
            turns=turns,
            core_share=self.limits.copy_share((kind.name,)),
        )


def counts_of(measured: Configuration) -> CopyCounts:
    """Return how many of each a configuration was measured with."""
    return CopyCounts(
        resolvers=measured.resolvers,
        service_workers=measured.service_workers,
        gateway_workers=measured.gateway_workers,
        prefetch=measured.prefetch,
        of_parts=tuple(sorted(measured.of_parts.items())),
    )


def measured_point_of(  # noqa: PLR0913 -- a configuration, and what is known of its system
    measured: Configuration,
    roles: Roles,
    *,
    cores: float,
    generators: int,
    seed: int,
    limits: CoreLimits = UNLIMITED,
    pools: tuple[CorePool, ...] = (),
    borrowed_ms: Mapping[str, float] = NOTHING,
) -> MeasuredPoint:
    """Return what a configuration tells; raise NoModelError where it does not carry a model.

    What it does not tell of the parts beyond takes so much CPU, by name.
    """

    def demands(phase: Phase) -> ServiceDemands:
        return demands_of(phase, roles, cores=cores, pools=pools, borrowed_ms=borrowed_ms)

    closed = _sound(measured)
    opened = [
        (name, phase) for name in _OPEN_PHASES if (phase := pooled(measured, name)) and _sent(phase)
    ]
    name, telling = _telling(closed, opened)
    others = others_of(phases_of(measured, name), cores, pools, borrowed_ms)
    full = replace(demands(telling), others=others)
    shown = [(phase, demands(phase)) for _, phase in opened if phase.used]
    quiet, light = min([*shown, (closed, full)], key=lambda one: one[1].rate_per_s)
    seen = [
        _seen(phase, _paths(phases_of(measured, name), seed))
        for name, phase in opened
        if _carried(phases_of(measured, name))
    ]
    return MeasuredPoint(
        at=counts_of(measured),
        users=closed.users or 1,
        most_per_s=closed.throughput_per_s,
        # What a call is held for shows where nobody waits, and not at the maximum.
        full=replace(full, works=between(light, full, full.rate_per_s)),
        light=light,
        seen=tuple(seen),
        shares=_shares(opened[0][1] if opened else closed),
        generators=_generators(closed, generators),
        paces_ms=tuple(known_ms(phases_in([measured]))),
        roles=roles,
        answers=answer_times(closed, quiet, roles.kinds),
        limits=limits,
        pools=pools,
    )


def _numbers(said: Sequence[int], places: Sequence[Places]) -> list[int]:
    """Return how many processes of each kind there are: as many as have a place, if any has."""
    return [len(there) or n for n, there in zip(said, places or [()] * len(said), strict=True)]


def _generators(phase: Phase, forked: int) -> int:
    """Return how many generator processes take cores of the system's machine."""
    if not phase.load_workers:
        return forked
    return max(1, sum(one.beside for one in phase.load_workers))


def _telling(closed: Phase, opened: Sequence[tuple[PhaseName, Phase]]) -> tuple[PhaseName, Phase]:
    """Return the closed loop, or the busiest open phase where that alone was long enough.

    Who reads now and then what the parts use has nothing to tell of a second at the maximum. What
    a request costs is about the same at the highest rate that was driven for longer, and what else
    ran meanwhile is the best that is known.
    """
    told = [(name, phase) for name, phase in opened if phase.used]
    if closed.used or not told:
        return "closed", closed
    return max(told, key=lambda one: one[1].achieved_per_s)


def _sound(measured: Configuration) -> Phase:
    """Return the closed loop, unless something else than the system made its figures."""
    closed = pooled(measured, "closed")
    if closed is None or not closed.throughput_per_s:
        raise NoModelError(
            f"What {measured.label} carries was not measured; no model is made of it."
        )
    failed, said = validity_gates.few_failed(closed)
    if failed != "pass":
        raise NoModelError(f"{measured.label}: {said} No model is made of it.")
    # Not the gate's sharper limit: a closed loop's maximum is the generator's only near all of it.
    if closed.generator_cpu is not None and closed.generator_cpu > _FULL_CORE:
        raise NoModelError(
            f"{measured.label}: the generator kept its core {closed.generator_cpu:.0%} busy, so "
            f"the maximum is its own; give it more --generators."
        )
    return closed


def _sent(phase: Phase) -> bool:
    """Tell whether an open phase was sent as planned, and has samples enough."""
    said = (validity_gates.rate_was_kept(phase), validity_gates.few_failed(phase))
    return all(one[0] == "pass" for one in said) and phase.samples >= _LEAST_SAMPLES


def _carried(repetitions: Sequence[Phase]) -> bool:
    """Tell whether a phase was got through; where its queue grew, its latency is its length's.

    What its requests cost, and how long those take that wait for nobody, it shows all the same.
    """
    return validity_gates.queue_did_not_grow(repetitions)[0] != "unknown"


def _seen(phase: Phase, paths: Iterator[DrivenPhase]) -> OpenPhasePoint:
    histogram = latency.decode(phase.histograms.total)
    values = latency.values_ms(histogram, (_P50, _P99))
    return OpenPhasePoint(paths=tuple(paths), p50_ms=values[_P50], p99_ms=values[_P99])


def _paths(phases: Sequence[Phase], seed: int) -> Iterator[DrivenPhase]:
    for number, phase in enumerate(phases):
        yield DrivenPhase(
            rate_per_s=phase.offered_per_s or phase.achieved_per_s,
            duration_s=phase.duration_s,
            seed=derived(seed, number),
        )


def _shares(phase: Phase) -> tuple[float, ...]:
    """Return the workers' shares in the service whose load was spread worst, largest first."""
    spread = [tuple(sorted(one.values(), reverse=True)) for one in phase.worker_shares.values()]
    return max(spread, key=lambda one: one[0] * len(one), default=())
