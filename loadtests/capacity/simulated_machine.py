"""The cores of each machine, the clock and what happens next in a simulation."""

import heapq
from collections import deque
from itertools import count
from typing import Final

from loadtests.capacity.placement import whole_processes
from loadtests.capacity.simulated_processes import SimulatedCall, SimulatedProcess, Then

_MS_PER_S: Final = 1_000.0
_NOBODY: Final = SimulatedCall(0.0)


class SimulatedCores:
    """One machine's cores: how many are free, and which processes wait for one."""

    __slots__ = ("free", "runnable", "slower")

    def __init__(self, cores: float) -> None:
        whole = whole_processes(cores)
        # 1.6 cores are two, each a fifth slower.
        self.slower = whole / max(cores, 0.05) / _MS_PER_S
        self.free = whole
        self.runnable: deque[SimulatedProcess] = deque()


class SimulatedMachine:
    """The cores, of one machine or of several, the clock and what happens next.

    A process runs on the cores of its own machine alone.
    """

    def __init__(self, *cores: float) -> None:
        self._cores = [SimulatedCores(each) for each in cores]
        self._heap: list[tuple[float, int, SimulatedProcess | None, Then, SimulatedCall]] = []
        self._number = count()
        self.now_s = 0.0

    def do(
        self, process: SimulatedProcess, work_ms: float, then: Then, call: SimulatedCall
    ) -> None:
        """Have a process work for so long, as soon as it and a core are free.

        No work waits for neither: who does it is elsewhere, or what it costs is not known.
        """
        if not work_ms:
            self.at(self.now_s, then, call)
            return
        process.jobs.append((work_ms * self._cores[process.machine].slower, then, call))
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
        cores = self._cores[process.machine]
        cores.free += 1
        if process.rest_s:
            self.at(self.now_s + process.rest_s, lambda _: self._rested(process), _NOBODY)
        elif process.jobs:
            _line_up(process, cores)
        else:
            process.active = False
        while cores.free and cores.runnable:
            self._start(cores.runnable.popleft(), cores)

    def _rested(self, process: SimulatedProcess) -> None:
        process.rest_s = 0.0
        if process.jobs:
            self._ready(process)
        else:
            process.active = False

    def _ready(self, process: SimulatedProcess) -> None:
        cores = self._cores[process.machine]
        if cores.free:
            self._start(process, cores)
        else:
            _line_up(process, cores)

    def _start(self, process: SimulatedProcess, cores: SimulatedCores) -> None:
        cores.free -= 1
        work_s, then, call = process.jobs.popleft()
        if process.core_share < 1:
            process.rest_s = work_s * (1 / process.core_share - 1)
        due_s = self.now_s + work_s
        heapq.heappush(self._heap, (due_s, next(self._number), process, then, call))


def _line_up(process: SimulatedProcess, cores: SimulatedCores) -> None:
    if process.first:
        cores.runnable.appendleft(process)
    else:
        cores.runnable.append(process)
