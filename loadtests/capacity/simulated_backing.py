"""A part that calls use on their way, as it is simulated: a database, a cache, a stub, a proxy."""

from collections import deque
from itertools import cycle

from loadtests.capacity.placement import Placement, Places, place, whole_processes
from loadtests.capacity.simulated_machine import SimulatedMachine
from loadtests.capacity.simulated_processes import SimulatedCall, SimulatedProcess, Then


class SimulatedBacking:
    """One part with the processes that its cores allow, and one queue before them.

    With `cores` of None each call has a process of its own, as a connection to a database has: on
    the machines where it runs, in turn.
    """

    __slots__ = ("_free", "_machine", "_next_place", "_waiting", "_work_ms")

    def __init__(
        self, machine: SimulatedMachine, work_ms: float, cores: float | None, places: Places = ()
    ) -> None:
        self._machine = machine
        self._work_ms = work_ms
        self._next_place = cycle(places or (0,))
        self._waiting: deque[tuple[Then, SimulatedCall]] = deque()
        self._free = None if cores is None else deque(processes_of(cores, places))

    def use(self, call: SimulatedCall, then: Then) -> None:
        """Have a call's work done, as soon as a process is free for it, and then go on."""
        if self._free is None:
            process = SimulatedProcess(machine=next(self._next_place))
            self._machine.do(process, self._work_ms, then, call)
        elif self._free:
            self._begin(self._free.popleft(), call, then)
        else:
            self._waiting.append((then, call))

    def _begin(self, process: SimulatedProcess, call: SimulatedCall, then: Then) -> None:
        def done(call: SimulatedCall) -> None:
            if self._waiting:
                following, waited = self._waiting.popleft()
                self._begin(process, waited, following)
            elif self._free is not None:
                self._free.append(process)
            then(call)

        self._machine.do(process, self._work_ms, done, call)


def processes_of(cores: float, places: Places = ()) -> list[SimulatedProcess]:
    """Return as many processes as can use so many cores, each a like share of them.

    At each place there are as many, and one at least: its copies can use as much each.
    """
    apart = len(places) or 1
    number = apart * whole_processes(cores / apart)
    share = min(1.0, cores / number)
    return [SimulatedProcess(core_share=share, machine=place(places, n)) for n in range(number)]


def broker_processes(cores: float | None, placement: Placement) -> list[SimulatedProcess]:
    """Return the broker's processes, of at most so many cores: Erlang runs a scheduler a core."""
    if cores:
        return processes_of(cores, placement.broker)
    return [
        process
        for machine in placement.broker or (0,)
        for process in processes_of(whole_processes(placement.cores[machine]), (machine,))
    ]
