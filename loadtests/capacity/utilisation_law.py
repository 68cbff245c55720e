"""The utilisation law: the most that each resource allows, and so which one binds.

A resource with c servers, of which each request takes D seconds, carries at most c / D requests a
second (Denning and Buzen, 1978); the smallest such limit bounds the system.
"""

import math
from dataclasses import dataclass
from typing import Final

from loadtests.capacity.placement import Placement, share_on
from loadtests.capacity.queueing_network import (
    QueueingNetwork,
    ResolverCopies,
    ServiceTimes,
    VisitTimes,
)
from reports.record import capacity

_MS_PER_S: Final = 1_000.0
MACHINE: Final = capacity.MACHINE
NODE: Final = "the CPU of node {name}"
RESOLVERS: Final = "the resolvers' own CPU (one core a process)"
GATEWAY: Final = "the gateway workers' own CPU (one core a process)"
WORKERS: Final = "the service workers' own CPU (one core a process)"
BACKING: Final = "the CPU of {name}, which {cores}"
TURNS: Final = "the service workers, which take so many calls at a time"
PLACES: Final = "the resolvers' places (prefetch)"
OWN_CPU_OF: Final = "the {name} resolvers' own CPU (one core a process)"
TURNS_OF: Final = "the {name} resolvers, which take so many calls at a time"
PLACES_OF: Final = "the {name} resolvers' places (prefetch)"
Taken = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One resource, and how many requests a second it allows at most."""

    resource: str
    most_per_s: float


def limits(layout: QueueingNetwork, works: ServiceTimes) -> tuple[Limit, ...]:
    """Return what each resource allows, the binding one first."""
    taken: Taken = {
        **of_machines(layout, works),
        **(_of_kinds(layout, works) if layout.kinds else _of_all(layout, works)),
        **_of_gateway(layout, works),
        **_of_workers(layout, works),
        TURNS: _of_turns(layout, works),
        **_of_broker(layout, works),
        **_of_backing(layout, works),
    }
    found = [
        Limit(resource=name, most_per_s=servers * _MS_PER_S / ms)
        for name, (servers, ms) in taken.items()
        if servers and ms > 0
    ]
    return tuple(sorted(found, key=lambda one: one.most_per_s))


def of_machines(layout: QueueingNetwork, works: ServiceTimes) -> Taken:
    """Return the cores of each machine, and what of them a request takes in ms.

    Copies of a part, and workers, are taken to get as many calls each.
    """
    placement = layout.placement
    if placement is None:
        return {MACHINE: (layout.cores, works.cpu_ms)}
    return {
        NODE.format(name=name): (cores, _on_machine(placement, works, number))
        for number, (name, cores) in enumerate(zip(placement.names, placement.cores, strict=True))
    }


def _on_machine(placement: Placement, works: ServiceTimes, number: int) -> float:
    services = zip(works.parts, works.services_ms, strict=True)
    taken = [
        (placement.generators, works.generator_ms),
        (placement.gateway, works.gateway_ms),
        (placement.broker, works.broker_ms),
        *zip(placement.stations, (v.part * v.cpu_ms for v in works.stations), strict=False),
        *zip(placement.services, (part * ms for part, ms in services), strict=True),
        *zip(placement.backing, (one.cpu_ms for one in works.backing), strict=True),
    ]
    return math.fsum(ms * share_on(places, number) for places, ms in taken)


def _of_gateway(layout: QueueingNetwork, works: ServiceTimes) -> Taken:
    cores = layout.gateway_workers * layout.gateway_core_share
    return {_limited(GATEWAY, layout.gateway_core_share): (cores, works.gateway_ms)}


def _of_workers(layout: QueueingNetwork, works: ServiceTimes) -> Taken:
    """Return the workers of the service that is full first."""
    shares = layout.service_core_shares or (1.0,) * len(works.parts)
    triples = zip(works.parts, works.services_ms, shares, strict=True)
    each_ms, share = max(
        ((p * ms / s / layout.workers_of(n), s) for n, (p, ms, s) in enumerate(triples)),
        default=(0.0, 1.0),
    )
    return {_limited(WORKERS, share): (1.0, each_ms)}


def _of_all(layout: QueueingNetwork, works: ServiceTimes) -> Taken:
    """Return what resolvers of one kind have, and what of it a request takes."""
    share = layout.resolver_core_share
    return {
        _limited(RESOLVERS, share): (layout.resolvers * share, works.resolver_ms),
        PLACES: (layout.resolvers * layout.prefetch, _held_ms(works)),
    }


def _of_kinds(layout: QueueingNetwork, works: ServiceTimes) -> Taken:
    """Return the same of each kind by itself, for the requests that visit it."""
    found: Taken = {}
    for number, (made, visit) in enumerate(zip(layout.kinds, works.visits, strict=True)):
        found |= _of_kind(made, visit, works, works.used_ms("resolver", number))
    return found


def _of_kind(made: ResolverCopies, visit: VisitTimes, works: ServiceTimes, used_ms: float) -> Taken:
    # What follows in a service keeps the call's place too; it is told as a mean of all requests.
    in_service_ms = works.service_ms + works.hold_ms + works.backing_ms("service")
    behind_ms = in_service_ms if works.services_ms else 0.0
    kept_ms = visit.part * (visit.cpu_ms + visit.hold_ms + used_ms + behind_ms)
    own = _limited(OWN_CPU_OF, made.core_share).format(name=visit.name)
    return {
        own: (made.copies * made.core_share, visit.part * visit.cpu_ms),
        TURNS_OF.format(name=visit.name): (made.copies * made.turns, kept_ms),
        PLACES_OF.format(name=visit.name): (made.copies * made.prefetch, kept_ms),
    }


def _of_broker(layout: QueueingNetwork, works: ServiceTimes) -> Taken:
    cores = layout.broker_cores
    name = BACKING.format(name="the broker", cores=_cores(cores or 0.0))
    return {name: (cores, works.broker_ms)} if cores else {}


def _of_backing(layout: QueueingNetwork, works: ServiceTimes) -> Taken:
    """Return the parts beyond of which is known how many cores they can use."""
    pairs = zip(layout.backing, works.backing, strict=True)
    return {
        BACKING.format(name=one.name, cores=_cores(cores)): (cores, one.cpu_ms)
        for cores, one in pairs
        if cores is not None
    }


def _cores(cores: float) -> str:
    return f"can use {cores:g} core{'' if cores == 1 else 's'}"


def _limited(name: str, core_share: float) -> str:
    """Return a resource's name with the share of a core that one of its processes can use."""
    return name if core_share == 1 else name.replace("one core", f"{core_share:.2g} cores")


def _of_turns(layout: QueueingNetwork, works: ServiceTimes) -> tuple[float, float]:
    """Return the turns of one worker, and what a request takes of one in the service full first."""
    pairs = zip(works.parts, works.services_ms, strict=True)
    each_ms = (
        part * (ms + works.hold_ms + works.used_ms("service", number)) / layout.workers_of(number)
        for number, (part, ms) in enumerate(pairs)
    )
    return layout.turns, max(each_ms, default=0.0)


def _held_ms(works: ServiceTimes) -> float:
    """Return the least that a call keeps its resolver's place."""
    used_ms = works.backing_ms("resolver", "service")
    return works.resolver_ms + works.service_ms + works.hold_ms + used_ms
