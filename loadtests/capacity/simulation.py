"""A discrete-event simulation of a request's way: who waits for which process, and for a core.

    generator -> gateway worker -> broker -> work queue -> resolver -> service worker -> and back

Each process runs one thing at a time and needs a core for it; cores go to runnable processes in
turn. Each kind of resolver has a work queue of its own, which gives a call to the next of its
copies in turn that has fewer than `prefetch` calls unanswered; a resolver gives it to a worker as
`QueueingNetwork.dispatch` says. The generator's processes, which are allowed a higher priority, go
first (Law, Simulation Modeling and Analysis, 2014, 1.3). What else calls use, a database or a
cache, they use in the middle of their stay at the gateway, the resolver or the service. Where the
system runs on several machines, a process gets the cores of its own.
"""

import random
from bisect import bisect
from collections import deque
from collections.abc import Sequence
from functools import cache, lru_cache, partial
from itertools import accumulate
from typing import Final

from loadtests.capacity.placement import place
from loadtests.capacity.queueing_network import Place, QueueingNetwork, ServiceTimes
from loadtests.capacity.simulated_backing import SimulatedBacking, broker_processes
from loadtests.capacity.simulated_machine import SimulatedMachine
from loadtests.capacity.simulated_processes import (
    SimulatedCall,
    SimulatedProcess,
    SimulatedResolver,
    SimulatedStation,
    SimulatedWorker,
    Then,
)

_MS_PER_S: Final = 1_000.0
# Of a closed loop's time, what is thrown away: it begins with nobody waiting.
_CUT: Final = 0.2
_CUT_OF_KINDS: Final = 0.5
_GATHERING: Final = 25
_DECK: Final = 200


class CallMix:
    """Which kind of resolver each call visits: at random, as the load draws them.

    `dealt`: of every 200 as many as on average. Drawn one by one, the few calls of a rare kind in a
    short simulation would move its maximum by a tenth; a queue in the open loop is longer for it.
    """

    __slots__ = ("_bounds", "_dealt", "_deck", "_draw")

    def __init__(self, parts: Sequence[float], seed: int, *, dealt: bool) -> None:
        self._bounds = list(accumulate(parts))
        self._dealt = dealt
        self._draw = random.Random(seed)  # noqa: S311 -- reproducible, not a secret
        self._deck: list[int] = []

    def next_kind(self) -> int:
        """Return the number of the kind that the next call visits; one more than all: none."""
        if not self._dealt:
            return bisect(self._bounds, self._draw.random())
        if not self._deck:
            offset = self._draw.random()
            ranks = ((number + offset) / _DECK for number in range(_DECK))
            self._deck = [bisect(self._bounds, rank) for rank in ranks]
            self._draw.shuffle(self._deck)
        return self._deck.pop()


class Simulation:
    """A system at work; `answered` is told each call when its answer has come."""

    def __init__(
        self,
        layout: QueueingNetwork,
        works: ServiceTimes,
        seed: int,
        answered: Then,
        *,
        dealt: bool = False,
    ) -> None:
        self._layout = layout
        self._works = works
        self._draw = random.Random(seed)  # noqa: S311 -- reproducible, not a secret
        self._answered = answered
        placement = layout.placement or layout.on_one_machine(works)
        self.machine = SimulatedMachine(*placement.cores)
        self._generators = [
            SimulatedProcess(first=True, machine=place(placement.generators, number))
            for number in range(layout.generators)
        ]
        self._gateways = [
            SimulatedProcess(
                core_share=layout.gateway_core_share, machine=place(placement.gateway, number)
            )
            for number in range(layout.gateway_workers)
        ]
        self._brokers = broker_processes(layout.broker_cores, placement)
        # A system without resolvers has none.
        triples = zip(layout.stations, works.stations, placement.stations, strict=False)
        numbers = [layout.workers_of(number) for number in range(len(works.services_ms))]
        self._stations = [
            SimulatedStation(number, made, visit, max(numbers, default=0), places)
            for number, (made, visit, places) in enumerate(triples)
        ]
        parts = [one.visit.part for one in self._stations]
        # Of the calls that pass the broker; the others the gateway answers by itself.
        self._through = sum(parts) or 1.0
        self._mix = CallMix(parts, seed, dealt=dealt) if works.visits else None
        core_shares = layout.service_core_shares or (1.0,) * len(works.services_ms)
        self._workers = [
            [SimulatedWorker(share, place(places, number)) for number in range(workers)]
            for share, places, workers in zip(core_shares, placement.services, numbers, strict=True)
        ]
        self._shared: list[deque[SimulatedCall]] = [deque() for _ in works.services_ms]
        self._backing = [
            SimulatedBacking(self.machine, one.visit_ms, cores, places)
            for one, cores, places in zip(
                works.backing, layout.backing, placement.backing, strict=True
            )
        ]
        # Asked for by every call at every place.
        self._used = cache(works.used)

    def send(self, call: SimulatedCall) -> None:
        """Send a request."""
        generator = self._draw.choice(self._generators)
        self.machine.do(generator, self._works.generator_ms / 2, self._at_gateway, call)

    def _at_gateway(self, call: SimulatedCall) -> None:
        call.gateway = self._draw.choice(self._gateways)
        onwards = self._with("gateway", 0, self._onwards(call))
        self.machine.do(call.gateway, self._works.gateway_ms / 2, onwards, call)

    def _with(self, place: Place, number: int, then: Then) -> Then:
        """Return how a call goes on: it uses what calls use at a place, one after the other."""
        for one in reversed(self._used(place, number)):
            then = partial(self._backing[one].use, then=then)
        return then

    def _onwards(self, call: SimulatedCall) -> Then:
        """Return where a call goes from the gateway, and note whose queue it is for."""
        if not self._stations:
            return self._at_service
        number = self._mix.next_kind() if self._mix else 0
        if number == len(self._stations):
            return self._back_at_gateway
        call.station = self._stations[number]
        return self._at_broker

    def _at_broker(self, call: SimulatedCall) -> None:
        broker = self._draw.choice(self._brokers)
        self.machine.do(broker, self._works.broker_ms / 2 / self._through, self._queued, call)

    def _queued(self, call: SimulatedCall) -> None:
        call.station.queue.append(call)
        self._hand_out(call.station)

    def _hand_out(self, station: SimulatedStation) -> None:
        """Give waiting calls to resolvers with room, in turn."""
        while station.queue and (resolver := station.next_with_room()):
            call = station.queue.popleft()
            resolver.unanswered += 1
            call.resolver = resolver
            if resolver.taken < station.turns:
                resolver.taken += 1
                self._take(call)
            else:
                resolver.waiting.append(call)

    def _take(self, call: SimulatedCall) -> None:
        onwards = self._held if call.station.holds else self._at_service
        used = self._with("resolver", call.station.number, onwards)
        self.machine.do(call.resolver, call.station.work_ms, used, call)

    def _held(self, call: SimulatedCall) -> None:
        hold_s = self._draw.choice(call.station.visit.holds_ms) / _MS_PER_S
        self.machine.at(self.machine.now_s + hold_s, self._at_service, call)

    def _at_service(self, call: SimulatedCall) -> None:
        if not self._workers:
            self._spent(call)  # a resolver answers by itself
            return
        call.service = self._draw.choices(range(len(self._workers)), self._works.parts)[0]
        if self._layout.turns:
            self._in_turn(call)
        else:
            call.worker = self._chosen(call)
            self._serve(call, self._spent)

    def _chosen(self, call: SimulatedCall) -> int:
        """Return the worker that a call goes to, and count it there."""
        numbers, shares = range(len(self._workers[call.service])), self._layout.shares
        if self._layout.dispatch == "shares" and len(shares) == len(numbers):
            return self._draw.choices(numbers, shares)[0]
        if not self._stations:
            return self._draw.choice(numbers)
        running = call.resolver.running
        least = min(running[n] for n in numbers)
        chosen = self._draw.choice([n for n in numbers if running[n] == least])
        running[chosen] += 1
        return chosen

    def _in_turn(self, call: SimulatedCall) -> None:
        workers, turns = self._workers[call.service], self._layout.turns
        if self._layout.dispatch == "shared":
            free = [number for number, worker in enumerate(workers) if worker.taken < turns]
            if not free:
                self._shared[call.service].append(call)
                return
            call.worker = self._draw.choice(free)
        else:
            call.worker = self._chosen(call)
        worker = workers[call.worker]
        if worker.taken >= turns:
            worker.waiting.append(call)
        else:
            worker.taken += 1
            self._serve(call, self._freed)

    def _serve(self, call: SimulatedCall, then: Then) -> None:
        mean_ms = self._works.services_ms[call.service] / self._through
        work_ms = mean_ms * self._draw.choice(self._works.shapes)
        worker = self._workers[call.service][call.worker]
        hold_s = self._draw.choice(self._works.holds_ms) / _MS_PER_S

        def hold(call: SimulatedCall) -> None:
            if hold_s > 0:
                self.machine.at(self.machine.now_s + hold_s, then, call)
            else:
                then(call)

        self.machine.do(worker, work_ms, self._with("service", call.service, hold), call)

    def _freed(self, call: SimulatedCall) -> None:
        """Let a worker that was full take its next call."""
        worker = self._workers[call.service][call.worker]
        shared = self._layout.dispatch == "shared"
        waiting = self._shared[call.service] if shared else worker.waiting
        if waiting:
            following = waiting.popleft()
            following.worker = call.worker
            self._serve(following, self._freed)
        else:
            worker.taken -= 1
        self._spent(call)

    def _spent(self, call: SimulatedCall) -> None:
        if not self._stations:
            self._back_at_gateway(call)
            return
        self.machine.do(call.resolver, call.station.work_ms, self._replied, call)

    def _replied(self, call: SimulatedCall) -> None:
        resolver = call.resolver
        resolver.unanswered -= 1
        self._leave(resolver)
        if self._workers and resolver.running[call.worker]:
            resolver.running[call.worker] -= 1
        broker = self._draw.choice(self._brokers)
        self.machine.do(
            broker, self._works.broker_ms / 2 / self._through, self._back_at_gateway, call
        )
        self._hand_out(call.station)

    def _leave(self, resolver: SimulatedResolver) -> None:
        """Let a resolver take the next call of those that it was given, where one waits."""
        if resolver.waiting:
            self._take(resolver.waiting.popleft())
        else:
            resolver.taken -= 1

    def _back_at_gateway(self, call: SimulatedCall) -> None:
        self.machine.do(call.gateway, self._works.gateway_ms / 2, self._back, call)

    def _back(self, call: SimulatedCall) -> None:
        generator = self._draw.choice(self._generators)
        self.machine.do(generator, self._works.generator_ms / 2, self._answered, call)


def open_ms(
    layout: QueueingNetwork, works: ServiceTimes, arrivals_s: Sequence[float], *, seed: int = 1
) -> list[float]:
    """Return the response times in ms of requests that are due at these moments, sorted."""
    times_ms: list[float] = []

    def answered(call: SimulatedCall) -> None:
        times_ms.append((simulation.machine.now_s - call.begun_s) * _MS_PER_S)

    simulation = Simulation(layout, works, seed, answered)
    for arrival_s in arrivals_s:
        simulation.machine.at(arrival_s, simulation.send, SimulatedCall(arrival_s))
    simulation.machine.run()
    return sorted(times_ms)


# A model asks for the same maxima over and over: for each rate at which it predicts a p99.
@lru_cache(maxsize=4_096)
def closed_per_s(
    layout: QueueingNetwork,
    works: ServiceTimes,
    users: int,
    *,
    requests: int = 1_500,
    seed: int = 1,
) -> float:
    """Return what so many users get through, each asking again as soon as it is answered.

    About so many requests are simulated; the first fifth of them does not count. With several
    kinds of resolver users gather one by one before the kind that binds, and until they have, the
    others are answered faster: as many more are simulated, and half of them do not count.
    """
    requests += _GATHERING * users if layout.kinds else 0
    ended_s: list[float] = []

    def answered(call: SimulatedCall) -> None:
        ended_s.append(simulation.machine.now_s)
        if len(ended_s) < requests:
            call.begun_s = simulation.machine.now_s
            simulation.send(call)

    simulation = Simulation(layout, works, seed, answered, dealt=True)
    for _ in range(users):
        simulation.machine.at(0.0, simulation.send, SimulatedCall(0.0))
    simulation.machine.run()
    first = int((_CUT_OF_KINDS if layout.kinds else _CUT) * requests)
    return (requests - 1 - first) / (ended_s[requests - 1] - ended_s[first])
