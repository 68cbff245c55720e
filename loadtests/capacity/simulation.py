"""A discrete-event simulation of a request's way: who waits for which process, and for a core.

    generator -> gateway worker -> broker -> work queue -> resolver -> service worker -> and back

Each process runs one thing at a time and needs a core for it; cores go to runnable processes in
turn. The work queue gives a call to the next resolver in turn that has fewer than `prefetch` calls
unanswered; a resolver gives it to a worker as `QueueingNetwork.dispatch` says. The generator's
processes,
which are allowed a higher priority, go first (Law, Simulation Modeling and Analysis, 2014, 1.3).
"""

import heapq
import random
from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import count
from math import ceil
from typing import Final

from loadtests.capacity.queueing_network import QueueingNetwork, ServiceTimes

_MS_PER_S: Final = 1_000.0
# Of a closed loop's time, what is thrown away: it begins with nobody waiting.
_CUT: Final = 0.2


class SimulatedCall:
    """One request on its way, and who has it or had it."""

    __slots__ = ("begun_s", "gateway", "resolver", "service", "worker")

    gateway: "SimulatedProcess"
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
    """A resolver: how many calls it has not answered yet, by worker too."""

    __slots__ = ("running", "unanswered")

    def __init__(self, workers: int) -> None:
        super().__init__()
        self.unanswered = 0
        self.running = [0] * workers


class SimulatedWorker(SimulatedProcess):
    """A service worker; one that takes so many calls at a time keeps the others waiting."""

    __slots__ = ("taken", "waiting")

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0
        self.waiting: deque[SimulatedCall] = deque()


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
        self, layout: QueueingNetwork, works: ServiceTimes, seed: int, answered: Then
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
        self._resolvers = deque(
            SimulatedResolver(layout.service_workers) for _ in range(layout.resolvers)
        )
        workers = range(layout.service_workers)
        self._workers = [[SimulatedWorker() for _ in workers] for _ in works.services_ms]
        self._shared: list[deque[SimulatedCall]] = [deque() for _ in works.services_ms]
        self._queue: deque[SimulatedCall] = deque()

    def send(self, call: SimulatedCall) -> None:
        """Send a request."""
        generator = self._draw.choice(self._generators)
        self.machine.do(generator, self._works.generator_ms / 2, self._at_gateway, call)

    def _at_gateway(self, call: SimulatedCall) -> None:
        call.gateway = self._draw.choice(self._gateways)
        onwards = self._at_broker if self._resolvers else self._at_service
        self.machine.do(call.gateway, self._works.gateway_ms / 2, onwards, call)

    def _at_broker(self, call: SimulatedCall) -> None:
        broker = self._draw.choice(self._brokers)
        self.machine.do(broker, self._works.broker_ms / 2, self._queued, call)

    def _queued(self, call: SimulatedCall) -> None:
        self._queue.append(call)
        self._hand_out()

    def _hand_out(self) -> None:
        """Give waiting calls to resolvers with room, in turn."""
        prefetch = self._layout.prefetch
        while self._queue:
            for _ in range(len(self._resolvers)):
                self._resolvers.rotate(-1)
                if self._resolvers[0].unanswered < prefetch:
                    break
            else:
                return
            resolver, call = self._resolvers[0], self._queue.popleft()
            resolver.unanswered += 1
            call.resolver = resolver
            self.machine.do(resolver, self._works.resolver_ms / 2, self._at_service, call)

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
        if not self._resolvers:
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
        work_ms = self._works.services_ms[call.service] * self._draw.choice(self._works.shapes)
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
        if not self._resolvers:
            self._back_at_gateway(call)
            return
        self.machine.do(call.resolver, self._works.resolver_ms / 2, self._replied, call)

    def _replied(self, call: SimulatedCall) -> None:
        resolver = call.resolver
        resolver.unanswered -= 1
        if self._workers and resolver.running[call.worker]:
            resolver.running[call.worker] -= 1
        broker = self._draw.choice(self._brokers)
        self.machine.do(broker, self._works.broker_ms / 2, self._back_at_gateway, call)
        self._hand_out()

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

    About so many requests are simulated; the first fifth of them does not count.
    """
    ended_s: list[float] = []

    def answered(call: SimulatedCall) -> None:
        ended_s.append(simulation.machine.now_s)
        if len(ended_s) < requests:
            call.begun_s = simulation.machine.now_s
            simulation.send(call)

    simulation = Simulation(layout, works, seed, answered)
    for _ in range(users):
        simulation.machine.at(0.0, simulation.send, SimulatedCall(0.0))
    simulation.machine.run()
    first = int(_CUT * requests)
    return (requests - 1 - first) / (ended_s[requests - 1] - ended_s[first])
