"""Reads service demands from a record: what a request costs each part, by the utilisation law.

A part's demand is its CPU time over a phase by the requests of that phase (Denning and Buzen, The
operational analysis of queueing network models, 1978): D = U / X. What the machine was busy with
beyond all known parts counts as cores that the system does not have.
"""

# mypy: allow-untyped-calls
# hdrh ships no types.

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from loadtests.capacity.backing_parts import BackingPart, backing_parts
from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.node_cores import CorePool
from loadtests.capacity.queueing_network import BackingTimes, ServiceTimes, VisitTimes
from loadtests.capacity.resolver_kinds import Aside, ResolverKind, holds_ms
from reports.judgement.machine_share import elsewhere
from reports.record import latency
from reports.record.measurements import Phase
from testcontainers_fixtures.part_usage import BROKER
from testcontainers_fixtures.stack_spec import Role, StackSpec

_MS_PER_S: Final = 1_000.0
# A stretch without CPU shorter than this share of its call is no wait for somebody, but the way.
_LEAST_HOLD_SHARE: Final = 0.5
# Below the median of a lightly loaded service lie the calls that waited for nobody.
_UNWAITED: Final = (2.0, 5.0, 10.0, 15.0, 20.0)
_SHAPE: Final = tuple(float(rank) for rank in range(5, 100, 10))
_LEAST_SHAPE, _MOST_SHAPE = 0.3, 3.0
_LEAST_SAMPLES: Final = 100
NOTHING: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Which parts play which role, and which hop is the innermost: the service's own.

    `kinds` are the resolvers where there are several and it is known which calls visit each;
    `backing` are the parts beyond these that calls use on their way.
    """

    gateway: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    broker: bool = False
    inmost_hop: str | None = None
    kinds: tuple[ResolverKind, ...] = ()
    backing: tuple[BackingPart, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """Return all parts by name, the broker among them."""
        beyond = [one.name for one in self.backing]
        own = (*self.gateway, *self.resolvers, *self.services)
        return (*own, *((BROKER,) if self.broker else ()), *beyond)

    @property
    def only_resolver(self) -> str:
        """Return the part that takes calls from the queue where it is one; "" where it is not."""
        return self.resolvers[0] if len(self.resolvers) == 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDemands:
    """What one phase showed: its rate, the machine's cores, and the works of a request.

    `others` are the cores that work beyond the known parts took. `by_part` is CPU ms a request.
    """

    rate_per_s: float
    cores: float
    others: float
    works: ServiceTimes
    by_part: Mapping[str, float]


def roles_of(spec: StackSpec) -> Roles:
    """Return the roles of a stack file's parts."""

    def named(role: Role) -> tuple[str, ...]:
        return tuple(spec.named(role))

    return Roles(
        gateway=named("gateway"),
        resolvers=named("resolver"),
        services=named("service"),
        broker=spec.broker is not None,
        inmost_hop=_inmost(spec.telemetry.hops),
        backing=backing_parts(spec),
    )


def demands_of(
    phase: Phase,
    roles: Roles,
    *,
    cores: float,
    pools: Sequence[CorePool] = (),
    borrowed_ms: Mapping[str, float] = NOTHING,
) -> ServiceDemands:
    """Return what a phase shows; raise NoModelError where it does not show enough.

    A request's demand counts what it took after the phase's end as well, what others took does not.
    A generator on another machine takes nothing of the parts' cores; with `pools` it runs on the
    load's own, if that is one of them. `borrowed_ms` is what a request uses of parts of which the
    phase does not tell.
    """
    needed = [*roles.gateway, *roles.resolvers, *roles.services]
    missing = [name for name in needed if _demand_ms(phase, name) is None]
    if missing:
        why = f" ({phase.reasons['used']})" if "used" in phase.reasons else ""
        raise NoModelError(
            f"What {', '.join(missing)} used of the CPU is not known{why}; no model is made."
        )
    generator = phase.generator_cores
    if (phase.host_cpu is None and not phase.apart) or generator is None:
        raise NoModelError("How busy the processor was is not known; no model is made.")
    by_part = {name: use.demand_ms or 0.0 for name, use in phase.used.items()}
    generator_ms = generator * _MS_PER_S / phase.achieved_per_s
    lacking = {name: ms for name, ms in borrowed_ms.items() if not by_part.get(name)}
    away = phase.apart and not any(one.here for one in pools)
    return ServiceDemands(
        rate_per_s=phase.achieved_per_s,
        cores=cores,
        others=others_of([phase], cores, pools, borrowed_ms),
        works=_works(phase, roles, by_part | lacking, 0.0 if away else generator_ms),
        by_part=by_part | {"generator": generator_ms},
    )


def others_of(
    phases: Sequence[Phase],
    cores: float,
    pools: Sequence[CorePool] = (),
    borrowed_ms: Mapping[str, float] = NOTHING,
) -> float:
    """Return the cores that something else kept busy, over the repetitions of which it is known.

    A phase pooled from several does not tell: what the parts used it lacks of some of them. With
    `pools` they are those of the load's own machine: of others nobody tells how busy they were.
    What a phase does not tell of a part, and a request uses of it all the same, is nobody else's.
    """
    known = [
        max(0.0, took - _untold(one, pools, borrowed_ms))
        for one in phases
        if (took := _beside_parts(one, pools) if pools else elsewhere(one, cores)) is not None
    ]
    return statistics.fmean(known) if known else 0.0


def _untold(phase: Phase, pools: Sequence[CorePool], borrowed_ms: Mapping[str, float]) -> float:
    """Return the cores that parts used of which a phase does not tell, of those on this machine."""
    here = next((one for one in pools if one.here), None)
    used_ms = math.fsum(
        ms * (_share_of(here, name, pools) if here else 1.0)
        for name, ms in borrowed_ms.items()
        if name not in phase.used
    )
    return used_ms * phase.achieved_per_s / _MS_PER_S


def _beside_parts(phase: Phase, pools: Sequence[CorePool]) -> float | None:
    """Return the cores of the load's machine that neither generator nor the parts there used.

    Of a part that ran elsewhere too, its copies there are taken to have used their share.
    """
    here, generator = next((one for one in pools if one.here), None), phase.generator_cores
    if here is None or phase.host_cpu is None or generator is None or not phase.used:
        return None
    parts_s = math.fsum(
        (use.cpu_s - use.late_cpu_s) * _share_of(here, name, pools)
        for name, use in phase.used.items()
    )
    return max(0.0, phase.host_cpu * here.cores - parts_s / phase.duration_s - generator)


def _share_of(pool: CorePool, name: str, pools: Sequence[CorePool]) -> float:
    copies = sum(one.copies.get(name, 0) for one in pools)
    return pool.copies.get(name, 0) / copies if copies else 0.0


def between(low: ServiceDemands, high: ServiceDemands, rate_per_s: float) -> ServiceTimes:
    """Return a request's works at a rate, straight between two phases' and level beyond them.

    A busy process handles several events a wake-up, so that a request costs less CPU at a high
    rate than at a low one.
    """
    span = high.rate_per_s - low.rate_per_s
    share = 1.0 if span <= 0 else min(1.0, max(0.0, (rate_per_s - low.rate_per_s) / span))

    def at(a: float, b: float) -> float:
        return a + (b - a) * share

    a, b = low.works, high.works
    services = tuple(at(x, y) for x, y in zip(a.services_ms, b.services_ms, strict=True))
    return ServiceTimes(
        generator_ms=at(a.generator_ms, b.generator_ms),
        gateway_ms=at(a.gateway_ms, b.gateway_ms),
        broker_ms=at(a.broker_ms, b.broker_ms),
        resolver_ms=at(a.resolver_ms, b.resolver_ms),
        services_ms=services,
        parts=b.parts,
        holds_ms=a.holds_ms,
        shapes=a.shapes,
        visits=tuple(
            replace(x, cpu_ms=at(x.cpu_ms, y.cpu_ms))
            for x, y in zip(a.visits, b.visits, strict=True)
        ),
        backing=tuple(_backing_between(a.backing, b.backing, share)),
    )


def _backing_between(
    low: Sequence[BackingTimes], high: Sequence[BackingTimes], share: float
) -> Iterator[BackingTimes]:
    """Yield what both phases show, between the two, and what one of them shows as it is."""
    below, above = ({one.name: one for one in found} for found in (low, high))
    for name, one in (below | above).items():
        a, b = below.get(name, one).cpu_ms, above.get(name, one).cpu_ms
        yield replace(one, cpu_ms=a + (b - a) * share)


def _works(
    phase: Phase, roles: Roles, by_part: Mapping[str, float], generator_ms: float
) -> ServiceTimes:
    services = {name: by_part[name] for name in roles.services}
    whole_ms = math.fsum(services.values())
    # How many requests went to which service the record does not say; a call costs about as much
    # in each, so that the shares of the CPU time stand for those of the calls.
    parts = tuple(ms / whole_ms if whole_ms else 1 / len(services) for ms in services.values())
    # Of several kinds without a service behind them, each keeps its calls for a time of its own.
    alone = roles.kinds and not services
    backing = tuple(_backing(roles, by_part, parts))
    used_ms = math.fsum(one.cpu_ms for one in backing if one.place == "service")
    held_ms, shapes = ((0.0,), (1.0,)) if alone else _inside(phase, roles, whole_ms, used_ms)
    works = ServiceTimes(
        generator_ms=generator_ms,
        gateway_ms=math.fsum(by_part[name] for name in roles.gateway),
        broker_ms=by_part.get(BROKER, 0.0),
        resolver_ms=math.fsum(by_part[name] for name in roles.resolvers),
        services_ms=(whole_ms,) * len(services),
        parts=parts,
        holds_ms=held_ms,
        shapes=shapes,
        backing=backing,
    )
    return replace(works, visits=_visits(phase, roles, by_part, works)) if roles.kinds else works


def _backing(
    roles: Roles, by_part: Mapping[str, float], parts: Sequence[float]
) -> Iterator[BackingTimes]:
    """Yield what requests use of the parts beyond, of those whose CPU time is known."""
    kinds = [(one.name, one.share) for one in roles.kinds]
    shares = list(zip(roles.services, parts, strict=True))
    through = math.fsum(share for _, share in kinds) or 1.0
    about = {"gateway": [], "resolver": kinds, "service": [(n, through * s) for n, s in shares]}
    for one in roles.backing:
        if not by_part.get(one.name):
            continue
        here = about[one.place]
        of = tuple(number for number, (name, _) in enumerate(here) if name in one.askers)
        using = [here[number] for number in of] or here
        yield BackingTimes(
            name=one.name,
            cpu_ms=by_part[one.name],
            place=one.place,
            of=of,
            part=math.fsum(share for _, share in using) or 1.0,
        )


def _visits(
    phase: Phase, roles: Roles, by_part: Mapping[str, float], works: ServiceTimes
) -> tuple[VisitTimes, ...]:
    """Return what a visit costs each kind: its part's CPU time, by its share of the requests."""
    before_ms = works.gateway_ms + works.backing_ms("gateway")
    aside = Aside(broker_ms=works.broker_ms, others_ms=works.generator_ms + before_ms)
    found = []
    for number, kind in enumerate(roles.kinds):
        cpu_ms = by_part[kind.name] / kind.share
        taken_ms = cpu_ms + works.used_ms("resolver", number)
        held_ms = (0.0,) if roles.services else holds_ms(phase, kind, taken_ms, aside)
        found.append(VisitTimes(name=kind.name, part=kind.share, cpu_ms=cpu_ms, holds_ms=held_ms))
    return tuple(found)


def _inside(
    phase: Phase, roles: Roles, service_ms: float, used_ms: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return how long a call is held without CPU, and how unlike each other calls are.

    What the parts that it uses there compute meanwhile is none of it.
    """
    service_ms += used_ms
    text = phase.histograms.hops.get(roles.inmost_hop or "")
    histogram = latency.decode(text) if text else None
    if histogram is None or histogram.get_total_count() < _LEAST_SAMPLES:
        return (0.0,), (1.0,)
    unwaited_ms = latency.values_ms(histogram, _UNWAITED).values()
    holds_ms = tuple(max(0.0, ms - service_ms) for ms in unwaited_ms)
    middle_ms = sum(holds_ms) / len(holds_ms)
    if middle_ms > _LEAST_HOLD_SHARE * (middle_ms + service_ms):
        return holds_ms, (1.0,)
    return (0.0,), _shapes(list(latency.values_ms(histogram, _SHAPE).values()))


def _shapes(values_ms: Sequence[float]) -> tuple[float, ...]:
    """Return values as multiples of their mean; waits for a core stretch the tail, so it is cut."""
    middle_ms = values_ms[len(values_ms) // 2] or 1.0
    cut = [min(_MOST_SHAPE, max(_LEAST_SHAPE, ms / middle_ms)) for ms in values_ms]
    mean = math.fsum(cut) / len(cut)
    return tuple(one / mean for one in cut)


def _demand_ms(phase: Phase, name: str) -> float | None:
    return phase.used[name].demand_ms if name in phase.used else None


def _inmost(hops: Mapping[str, str]) -> str | None:
    """Return the hop that lies deepest inside others; None where none is named."""

    def depth(name: str) -> int:
        return 1 + depth(hops[name]) if hops[name] else 0

    return max(hops, key=depth) if hops else None
