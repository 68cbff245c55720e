"""A discrete-event simulation of a request's way: who waits for which process, and for a core.

    generator -> gateway worker -> broker -> work queue -> resolver -> service worker -> and back

Each process runs one thing at a time and needs a core for it; cores go to runnable processes in
turn. Each kind of resolver has a work queue of its own, which gives a call to the next of its
copies in turn that has fewer than `prefetch` calls unanswered; a resolver gives it to a worker as
`QueueingNetwork.dispatch` says. The generator's processes, which are allowed a higher priority, go
first (Law, Simulation Modeling and Analysis, 2014, 1.3).
"""

import heapq
import random
from bisect import bisect
from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate, count
from math import ceil
from typing import Final

from loadtests.capacity.queueing_network import (
    QueueingNetwork,
    ResolverCopies,
    ServiceTimes,
    VisitTimes,
)

_MS_PER_S: Final = 1_000.0
# Of a closed loop's time, what is thrown away: it begins with nobody waiting.
_CUT: Final = 0.2
_CUT_OF_KINDS: Final = 0.5
_GATHERING: Final = 25
_DECK: Final = 200


class SimulatedCall:
    """One request on its way, and who has it or had it."""

    __slots__ = ("begun_s", "gateway", "resolver", "service", "station", "worker")

    gateway: "SimulatedProcess"
    station: "SimulatedStation"
    resolver: "SimulatedResolver"
    service: int
    worker: int

    def __init__(self, begun_s: float) -> None:
        self.begun_s = begun_s


Then = Callable[[SimulatedCall], None]


class SimulatedProcess:
    """One process with what it has to do, first come, first served."""

    __slots__ = ("active", "first", "jobs")

    def __init__(self, *, first: bool = False) -> None:
        self.jobs: deque[tuple[float, Then, SimulatedCall]] = deque()
        self.active = False
        self.first = first


class SimulatedResolver(SimulatedProcess):
    """A resolver: how many calls it has not answered yet, by worker too, and which of them wait."""

    __slots__ = ("running", "taken", "unanswered", "waiting")

    def __init__(self, workers: int) -> None:
        super().__init__()
        self.unanswered = 0
        self.running = [0] * workers
        self.taken = 0
        self.waiting: deque[SimulatedCall] = deque()


class SimulatedStation:
    """One kind of resolver: its queue, its copies, and what a visit takes."""

    __slots__ = ("copies", "holds", "prefetch", "queue", "turns", "visit", "work_ms")

    def __init__(self, made: ResolverCopies, visit: VisitTimes, workers: int) -> None:
        self.copies = deque(SimulatedResolver(workers) for _ in range(made.copies))
        self.queue: deque[SimulatedCall] = deque()
        self.prefetch = made.prefetch
        self.turns = made.turns or made.prefetch
        self.visit = visit
        self.work_ms = visit.cpu_ms / 2
        self.holds = visit.hold_ms > 0

    def next_with_room(self) -> SimulatedResolver | None:
        """Return the next copy in turn with fewer than `prefetch` calls unanswered."""
        for _ in range(len(self.copies)):
            self.copies.rotate(-1)
            if self.copies[0].unanswered < self.prefetch:
                return self.copies[0]
        return None


class SimulatedWorker(SimulatedProcess):
    """A service worker; one that takes so many calls at a time keeps the others waiting."""

    __slots__ = ("taken", "waiting")

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0
        self.waiting: deque[SimulatedCall] = deque()


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


class SimulatedMachine:
    """The cores, the clock and what happens next."""

    def __init__(self, cores: float) -> None:
        whole = max(1, ceil(cores - 1e-9))
        # 1.6 cores are two, each a fifth slower.
        self._slower = whole / max(cores, 0.05) / _MS_PER_S
        self._free = whole
        self._runnable: deque[SimulatedProcess] = deque()
        self._heap: list[tuple[float, int, SimulatedProcess | None, Then, SimulatedCall]] = []
        self._number = count()
        self.now_s = 0.0

    def do(
        self, process: SimulatedProcess, work_ms: float, then: Then, call: SimulatedCall
    ) -> None:
        """Have a process work for so long, as soon as it and a core are free."""
        process.jobs.append((work_ms * self._slower, then, call))
        if not process.active:
            process.active = True
            self._ready(process)

    def at(self, time_s: float, then: Then, call: SimulatedCall) -> None:
        """Have something happen at a moment, without a core."""
        heapq.heappush(self._heap, (time_s, next(self._number), None, then, call))

    def run(self, until_s: float = float("inf")) -> None:
        """Let things happen until nothing is left to, or until a moment."""
        heap = self._heap
        while heap and heap[0][0] <= until_s:
            self.now_s, _, process, then, call = heapq.heappop(heap)
            then(call)
            if process is not None:
                self._ended(process)

    def _ended(self, process: SimulatedProcess) -> None:
        self._free += 1
        if process.jobs:
            self._line_up(process)
        else:
            process.active = False
        while self._free and self._runnable:
            self._start(self._runnable.popleft())

    def _ready(self, process: SimulatedProcess) -> None:
        if self._free:
            self._start(process)
        else:
            self._line_up(process)

    def _line_up(self, process: SimulatedProcess) -> None:
        if process.first:
            self._runnable.appendleft(process)
        else:
            self._runnable.append(process)

    def _start(self, process: SimulatedProcess) -> None:
        self._free -= 1
        work_s, then, call = process.jobs.popleft()
        due_s = self.now_s + work_s
        heapq.heappush(self._heap, (due_s, next(self._number), process, then, call))


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
        self.machine = SimulatedMachine(layout.cores)
        self._generators = [SimulatedProcess(first=True) for _ in range(layout.generators)]
        self._gateways = [SimulatedProcess() for _ in range(layout.gateway_workers)]
        # An Erlang node runs a scheduler a core.
        self._brokers = [SimulatedProcess() for _ in range(max(1, ceil(layout.cores)))]
        # A system without resolvers has none.
        self._stations = [
            SimulatedStation(made, visit, layout.service_workers)
            for made, visit in zip(layout.stations, works.stations, strict=False)
        ]
        parts = [one.visit.part for one in self._stations]
        # Of the calls that pass the broker; the others the gateway answers by itself.
        self._through = sum(parts) or 1.0
        self._mix = CallMix(parts, seed, dealt=dealt) if works.visits else None
        workers = range(layout.service_workers)
        self._workers = [[SimulatedWorker() for _ in workers] for _ in works.services_ms]
        self._shared: list[deque[SimulatedCall]] = [deque() for _ in works.services_ms]

    def send(self, call: SimulatedCall) -> None:
        """Send a request."""
        generator = self._draw.choice(self._generators)
        self.machine.do(generator, self._works.generator_ms / 2, self._at_gateway, call)

    def _at_gateway(self, call: SimulatedCall) -> None:
        call.gateway = self._draw.choice(self._gateways)
        self.machine.do(call.gateway, self._works.gateway_ms / 2, self._onwards(call), call)

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
        self.machine.do(call.resolver, call.station.work_ms, onwards, call)

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
        numbers = range(self._layout.service_workers)
        if self._layout.dispatch == "shares" and self._layout.shares:
            return self._draw.choices(numbers, self._layout.shares)[0]
        if not self._stations:
            return self._draw.choice(numbers)
        running = call.resolver.running
        least = min(running)
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

        self.machine.do(worker, work_ms, hold, call)

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
