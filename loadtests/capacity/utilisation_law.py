"""The utilisation law: the most that each resource allows, and so which one binds.

A resource with c servers, of which each request takes D seconds, carries at most c / D requests a
second (Denning and Buzen, 1978); the smallest such limit bounds the system.
"""

from dataclasses import dataclass
from typing import Final

from loadtests.capacity.queueing_network import (
    QueueingNetwork,
    ResolverCopies,
    ServiceTimes,
    VisitTimes,
)

_MS_PER_S: Final = 1_000.0
MACHINE: Final = "the machine's CPU"
RESOLVERS: Final = "the resolvers' own CPU (one core a process)"
GATEWAY: Final = "the gateway workers' own CPU (one core a process)"
WORKERS: Final = "the service workers' own CPU (one core a process)"
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
        MACHINE: (layout.cores, works.cpu_ms),
        **(_of_kinds(layout, works) if layout.kinds else _of_all(layout, works)),
        GATEWAY: (layout.gateway_workers, works.gateway_ms),
        WORKERS: (layout.service_workers, _busiest_ms(works)),
        TURNS: (layout.service_workers * layout.turns, _turn_ms(works)),
    }
    found = [
        Limit(resource=name, most_per_s=servers * _MS_PER_S / ms)
        for name, (servers, ms) in taken.items()
        if servers and ms > 0
    ]
    return tuple(sorted(found, key=lambda one: one.most_per_s))


def _of_all(layout: QueueingNetwork, works: ServiceTimes) -> Taken:
    """Return what resolvers of one kind have, and what of it a request takes."""
    return {
        RESOLVERS: (layout.resolvers, works.resolver_ms),
        PLACES: (layout.resolvers * layout.prefetch, _held_ms(works)),
    }


def _of_kinds(layout: QueueingNetwork, works: ServiceTimes) -> Taken:
    """Return the same of each kind by itself, for the requests that visit it."""
    found: Taken = {}
    for made, visit in zip(layout.kinds, works.visits, strict=True):
        found |= _of_kind(made, visit, works)
    return found


def _of_kind(made: ResolverCopies, visit: VisitTimes, works: ServiceTimes) -> Taken:
    # What follows in a service keeps the call's place too; it is told as a mean of all requests.
    behind_ms = (works.service_ms + works.hold_ms) if works.services_ms else 0.0
    kept_ms = visit.part * (visit.cpu_ms + visit.hold_ms + behind_ms)
    return {
        OWN_CPU_OF.format(name=visit.name): (made.copies, visit.part * visit.cpu_ms),
        TURNS_OF.format(name=visit.name): (made.copies * made.turns, kept_ms),
        PLACES_OF.format(name=visit.name): (made.copies * made.prefetch, kept_ms),
    }


def _busiest_ms(works: ServiceTimes) -> float:
    pairs = zip(works.parts, works.services_ms, strict=True)
    return max((part * ms for part, ms in pairs), default=0.0)


def _turn_ms(works: ServiceTimes) -> float:
    pairs = zip(works.parts, works.services_ms, strict=True)
    return max((part * (ms + works.hold_ms) for part, ms in pairs), default=0.0)


def _held_ms(works: ServiceTimes) -> float:
    """Return the least that a call keeps its resolver's place."""
    return works.resolver_ms + works.service_ms + works.hold_ms
