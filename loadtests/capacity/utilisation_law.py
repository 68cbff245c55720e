"""The utilisation law: the most that each resource allows, and so which one binds.

A resource with c servers, of which each request takes D seconds, carries at most c / D requests a
second (Denning and Buzen, 1978); the smallest such limit bounds the system.
"""

from dataclasses import dataclass
from typing import Final

from loadtests.capacity.queueing_network import QueueingNetwork, ServiceTimes

_MS_PER_S: Final = 1_000.0
MACHINE: Final = "the machine's CPU"
RESOLVERS: Final = "the resolvers' own CPU (one core a process)"
GATEWAY: Final = "the gateway workers' own CPU (one core a process)"
WORKERS: Final = "the service workers' own CPU (one core a process)"
TURNS: Final = "the service workers, which take so many calls at a time"
PLACES: Final = "the resolvers' places (prefetch)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One resource, and how many requests a second it allows at most."""

    resource: str
    most_per_s: float


def limits(layout: QueueingNetwork, works: ServiceTimes) -> tuple[Limit, ...]:
    """Return what each resource allows, the binding one first."""
    taken = {
        MACHINE: (layout.cores, works.cpu_ms),
        RESOLVERS: (layout.resolvers, works.resolver_ms),
        GATEWAY: (layout.gateway_workers, works.gateway_ms),
        WORKERS: (layout.service_workers, _busiest_ms(works)),
        TURNS: (layout.service_workers * layout.turns, _turn_ms(works)),
        PLACES: (layout.resolvers * layout.prefetch, _held_ms(works)),
    }
    found = [
        Limit(resource=name, most_per_s=servers * _MS_PER_S / ms)
        for name, (servers, ms) in taken.items()
        if servers and ms > 0
    ]
    return tuple(sorted(found, key=lambda one: one.most_per_s))


def _busiest_ms(works: ServiceTimes) -> float:
    pairs = zip(works.parts, works.services_ms, strict=True)
    return max((part * ms for part, ms in pairs), default=0.0)


def _turn_ms(works: ServiceTimes) -> float:
    pairs = zip(works.parts, works.services_ms, strict=True)
    return max((part * (ms + works.hold_ms) for part, ms in pairs), default=0.0)


def _held_ms(works: ServiceTimes) -> float:
    """Return the least that a call keeps its resolver's place."""
    return works.resolver_ms + works.service_ms + works.hold_ms
