"""Who sends the traffic of a phase: this process alone, or workers that it tells."""

from collections.abc import Callable
from typing import Protocol

from loadtests.generator.assignment import Assignment
from loadtests.generator.merged_results import PartialResult
from loadtests.generator.traffic import Traffic
from loadtests.generator.warm_up import WarmUpWindows, WindowTotals

# Gets each window of a phase, and says whether the phase may end now.
Watching = Callable[[WindowTotals], bool]


class GeneratorsLostError(Exception):
    """A worker is gone or silent, so its share of a phase is unknown; one sentence."""


class Generators(Protocol):
    """Sends the traffic of a phase; returns a share for each process that sent."""

    def drive(self, assignment: Assignment, watching: Watching) -> tuple[PartialResult, ...]:
        """Drive a phase to its end, or until `watching` says that it is enough."""

    def open(self, connections: int) -> None:
        """See that so many connections stand, all processes together."""

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

    def open(self, connections: int) -> None:
        """See that so many connections stand."""
        self._traffic.open(connections)

    def drive(self, assignment: Assignment, watching: Watching) -> tuple[PartialResult, ...]:
        """Drive the whole phase."""

        def told(moment: WindowTotals) -> None:
            if watching(moment):
                self._traffic.enough()

        windows = WarmUpWindows(1, assignment.window_s, told)
        return (self._traffic.drive(assignment, windows.add),)

    def clear_up(self, *, within_s: float) -> None:
        """Leave no row behind."""
        self._traffic.clear_up(within_s=within_s)

    def close(self) -> None:
        """Close the connections."""
        self._traffic.close()
