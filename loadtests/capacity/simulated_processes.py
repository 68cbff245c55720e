"""What a simulation is made of: calls on their way, and the processes that work on them."""

from collections import deque
from collections.abc import Callable

from loadtests.capacity.placement import Places, place
from loadtests.capacity.queueing_network import ResolverCopies, VisitTimes


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
    """One process with what it has to do, first come, first served.

    Of a core it gets `core_share` at most: after each piece of work it rests `rest_s`, as the
    kernel has a process rest whose quota is used up. It runs on the `machine` of that number.
    """

    __slots__ = ("active", "core_share", "first", "jobs", "machine", "rest_s")

    def __init__(self, *, first: bool = False, core_share: float = 1.0, machine: int = 0) -> None:
        self.jobs: deque[tuple[float, Then, SimulatedCall]] = deque()
        self.active = False
        self.first = first
        self.core_share = core_share
        self.machine = machine
        self.rest_s = 0.0


class SimulatedResolver(SimulatedProcess):
    """A resolver: how many calls it has not answered yet, by worker too, and which of them wait."""

    __slots__ = ("running", "taken", "unanswered", "waiting")

    def __init__(self, workers: int, core_share: float, machine: int) -> None:
        super().__init__(core_share=core_share, machine=machine)
        self.unanswered = 0
        self.running = [0] * workers
        self.taken = 0
        self.waiting: deque[SimulatedCall] = deque()


class SimulatedStation:
    """One kind of resolver: its queue, its copies, and what a visit takes."""

    __slots__ = ("copies", "holds", "number", "prefetch", "queue", "turns", "visit", "work_ms")

    def __init__(
        self,
        number: int,
        made: ResolverCopies,
        visit: VisitTimes,
        workers: int,
        places: Places = (),
    ) -> None:
        self.number = number
        self.copies = deque(
            SimulatedResolver(workers, made.core_share, place(places, copy))
            for copy in range(made.copies)
        )
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

    def __init__(self, core_share: float, machine: int) -> None:
        super().__init__(core_share=core_share, machine=machine)
        self.taken = 0
        self.waiting: deque[SimulatedCall] = deque()
