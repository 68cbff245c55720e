"""How a system is laid out, and what a request costs each of its parts: what a simulation needs."""

from dataclasses import dataclass, replace
from typing import Literal

from loadtests.capacity.placement import Placement

# How a service's calls find a worker: the next free one takes it (one queue for all, as with
# workers that accept a connection a call), or the resolver picks the worker with the fewest of its
# own calls, or each worker gets a fixed share of them (connections that stay where they landed).
Dispatch = Literal["shared", "fewest", "shares"]
# Where calls are while they wait for a part beyond these three.
Place = Literal["gateway", "resolver", "service"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTimes:
    """What a visit costs one kind of resolver, and the share of the requests that visit it.

    `cpu_ms` is CPU time of a visit; `holds_ms` are times that the resolver keeps a call without
    using a CPU (it asks a database, it sleeps), equally likely each.
    """

    name: str
    part: float
    cpu_ms: float
    holds_ms: tuple[float, ...] = (0.0,)

    @property
    def hold_ms(self) -> float:
        """Return the mean time without CPU of a visit."""
        return sum(self.holds_ms) / len(self.holds_ms)

    def slower(self, times: float) -> "VisitTimes":
        """Return a visit of which everything takes so many times as long."""
        holds_ms = tuple(ms * times for ms in self.holds_ms)
        return replace(self, cpu_ms=self.cpu_ms * times, holds_ms=holds_ms)

    def on_slower_cores(self, times: float) -> "VisitTimes":
        """Return a visit of which what needs a core takes so many times as long."""
        return replace(self, cpu_ms=self.cpu_ms * times)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackingTimes:
    """CPU time in ms that a request takes, on average, of a part that calls use on their way.

    That is a database, a cache, a stub, a proxy. Calls wait for it at a `place`: all that are
    there, or those of the services or kinds of resolver whose numbers `of` has; they are `part` of
    all requests.
    """

    name: str
    cpu_ms: float
    place: Place
    of: tuple[int, ...] = ()
    part: float = 1.0

    @property
    def visit_ms(self) -> float:
        """Return the CPU time of a call that uses it."""
        return self.cpu_ms / self.part

    def slower(self, times: float) -> "BackingTimes":
        """Return the same with so many times the CPU time."""
        return replace(self, cpu_ms=self.cpu_ms * times)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTimes:
    """CPU time in ms that one request takes of each kind of process, and its time without CPU.

    `services` has the service's mean by service, `parts` of the requests going to each (their sum
    is 1). `holds_ms` are times that a call spends inside its service without using a CPU (a wait
    for a supplier, a sleep), equally likely each. `shapes` multiply a service's mean, likewise.
    `visits` has what a request does at each kind of resolver where there are several, each call at
    one; of these `resolver_ms` is the mean over all requests. `backing` has the parts beyond these.
    """

    generator_ms: float
    gateway_ms: float
    broker_ms: float
    resolver_ms: float
    services_ms: tuple[float, ...] = ()
    parts: tuple[float, ...] = ()
    holds_ms: tuple[float, ...] = (0.0,)
    shapes: tuple[float, ...] = (1.0,)
    visits: tuple[VisitTimes, ...] = ()
    backing: tuple[BackingTimes, ...] = ()

    @property
    def stations(self) -> tuple[VisitTimes, ...]:
        """Return what a request does at each kind of resolver, be it one or several."""
        return self.visits or (VisitTimes(name="", part=1.0, cpu_ms=self.resolver_ms),)

    @property
    def service_ms(self) -> float:
        """Return the mean CPU time of a call within its service."""
        return sum(part * ms for part, ms in zip(self.parts, self.services_ms, strict=True))

    @property
    def hold_ms(self) -> float:
        """Return the mean time without CPU within a service."""
        return sum(self.holds_ms) / len(self.holds_ms)

    @property
    def cpu_ms(self) -> float:
        """Return the CPU time of a request over all processes, the generator's included."""
        ours_ms = self.gateway_ms + self.broker_ms + self.resolver_ms + self.service_ms
        return self.generator_ms + ours_ms + sum(one.cpu_ms for one in self.backing)

    def backing_ms(self, *places: Place) -> float:
        """Return the mean CPU time of what requests use at some places, over all requests."""
        return sum(one.cpu_ms for one in self.backing if one.place in places)

    def used_ms(self, place: Place, number: int) -> float:
        """Return the CPU time of what a call uses at one service or kind of resolver."""
        return sum(self.backing[one].visit_ms for one in self.used(place, number))

    def used(self, place: Place, number: int = 0) -> tuple[int, ...]:
        """Return the numbers of the parts beyond that a call at a place uses."""
        about = enumerate(self.backing)
        return tuple(n for n, b in about if b.place == place and (not b.of or number in b.of))

    def slower(self, times: float) -> "ServiceTimes":
        """Return works of which everything takes so many times as long."""
        return replace(
            self,
            generator_ms=self.generator_ms * times,
            gateway_ms=self.gateway_ms * times,
            broker_ms=self.broker_ms * times,
            resolver_ms=self.resolver_ms * times,
            services_ms=tuple(ms * times for ms in self.services_ms),
            holds_ms=tuple(ms * times for ms in self.holds_ms),
            visits=tuple(one.slower(times) for one in self.visits),
            backing=tuple(one.slower(times) for one in self.backing),
        )

    def on_slower_cores(self, times: float) -> "ServiceTimes":
        """Return works of which what needs a core takes so many times as long."""
        return replace(
            self.slower(times),
            holds_ms=self.holds_ms,
            visits=tuple(one.on_slower_cores(times) for one in self.visits),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverCopies:
    """How many copies of one kind of resolver there are, and what one takes of its queue.

    A copy is given `prefetch` calls at most that it has not answered, and has `turns` of them
    within it at a time; 0 stands for all. Of a core it gets `core_share` at most.
    """

    copies: int
    prefetch: int
    turns: int = 0
    core_share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueingNetwork:
    """How many processes share which cores, and how calls are handed on.

    A system without resolvers or services has 0 of them. `cores` are those that this system has
    to itself: what other work takes of the machine is gone. `turns` is how many calls a service
    worker has within it at a time, holding time included; 0 stands for any number. `shares` are
    the workers' shares of the calls, largest first. `kinds` are the copies of each kind of resolver
    where there are several, in the order of `ServiceTimes.visits`; `resolvers` is their sum.

    Where somebody limits them, a process of the gateway, of the resolvers or (by service) of the
    services gets at most a `core_share`, and the broker `broker_cores` in all. `backing` are the
    cores that the parts beyond can use, in the order of `ServiceTimes.backing`; None: every one.
    Where the parts run on several machines, `placement` says what runs where, and on what cores;
    a service has then as many workers as it has places.
    """

    cores: float
    resolvers: int
    gateway_workers: int
    service_workers: int
    prefetch: int
    generators: int = 1
    turns: int = 0
    dispatch: Dispatch = "fewest"
    shares: tuple[float, ...] = ()
    kinds: tuple[ResolverCopies, ...] = ()
    gateway_core_share: float = 1.0
    resolver_core_share: float = 1.0
    service_core_shares: tuple[float, ...] = ()
    broker_cores: float | None = None
    backing: tuple[float | None, ...] = ()
    placement: Placement | None = None

    @property
    def stations(self) -> tuple[ResolverCopies, ...]:
        """Return the copies of each kind of resolver, be it none, one or several."""
        alone = ResolverCopies(
            copies=self.resolvers, prefetch=self.prefetch, core_share=self.resolver_core_share
        )
        return self.kinds or ((alone,) if self.resolvers else ())

    def workers_of(self, service: int) -> int:
        """Return how many workers the service of that number has."""
        places = self.placement.services[service] if self.placement else ()
        return len(places) or self.service_workers

    def on_one_machine(self, works: ServiceTimes) -> Placement:
        """Return that all of it runs on one machine."""
        alone = (0,)
        return Placement(
            names=("",),
            cores=(self.cores,),
            stations=(alone,) * len(self.stations),
            services=(alone,) * len(works.services_ms),
            backing=(alone,) * len(works.backing),
        )
