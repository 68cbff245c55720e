"""Who sends the traffic of a phase: this process alone, or workers that it tells."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from loadtests.generator.assignment import Assignment
from loadtests.generator.merged_results import PartialResult
from loadtests.generator.traffic import Traffic
from loadtests.generator.warm_up import WarmUpWindows, WindowTotals
from reports.record.measurements import LoadWorker

# Gets each window of a phase, and says whether the phase may end now.
Watching = Callable[[WindowTotals], bool]


class GeneratorsLostError(Exception):
    """A worker is gone or silent, so its share of a phase is unknown; one sentence."""


class Driven(Struct, frozen=True, kw_only=True):
    """What came of a phase: a share for each process that sent, at least one.

    Where those are on machines of their own, `workers` says how each fared, and `host_cpu` how busy
    this machine was meanwhile.
    """

    shares: tuple[PartialResult, ...]
    workers: tuple[LoadWorker, ...] = ()
    host_cpu: float | None = None


class Generators(Protocol):
    """Sends the traffic of a phase."""

    def prepare(self, assignment: Assignment) -> None:
        """Have at hand what a phase takes, its connections too: it is driven next."""

    def drive(self, assignment: Assignment, watching: Watching) -> Driven:
        """Drive the prepared phase, which begins at its `begin_s` by this process's clock.

        It ends when it is over, or when `watching` says that it is enough.
        """

    def clear_up(self, *, within_s: float) -> None:
        """Leave no row behind."""

    def close(self) -> None:
        """Close the connections."""


class LocalGenerator:
    """One generator: this process alone."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic

    def __repr__(self) -> str:
        """Show what it drives."""
        return f"<LocalGenerator {self._traffic}>"

    def prepare(self, assignment: Assignment) -> None:
        """See that so many connections stand as the phase takes."""
        self._traffic.open(assignment.connections)

    def drive(self, assignment: Assignment, watching: Watching) -> Driven:
        """Drive the whole phase."""

        def told(moment: WindowTotals) -> None:
            if watching(moment):
                self._traffic.enough()

        windows = WarmUpWindows(1, assignment.window_s, told)
        return Driven(shares=(self._traffic.drive(assignment, windows.add),))

    def clear_up(self, *, within_s: float) -> None:
        """Leave no row behind."""
        self._traffic.clear_up(within_s=within_s)

    def close(self) -> None:
        """Close the connections."""
        self._traffic.close()
