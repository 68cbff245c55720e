"""The cores, the clock and what happens next in a simulation."""

import heapq
from collections import deque
from itertools import count
from math import ceil
from typing import Final

from loadtests.capacity.simulated_processes import SimulatedCall, SimulatedProcess, Then

_MS_PER_S: Final = 1_000.0
_NOBODY: Final = SimulatedCall(0.0)


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
        if process.rest_s:
            self.at(self.now_s + process.rest_s, lambda _: self._rested(process), _NOBODY)
        elif process.jobs:
            self._line_up(process)
        else:
            process.active = False
        while self._free and self._runnable:
            self._start(self._runnable.popleft())

    def _rested(self, process: SimulatedProcess) -> None:
        process.rest_s = 0.0
        if process.jobs:
            self._ready(process)
        else:
            process.active = False

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
        if process.core_share < 1:
            process.rest_s = work_s * (1 / process.core_share - 1)
        due_s = self.now_s + work_s
        heapq.heappush(self._heap, (due_s, next(self._number), process, then, call))
