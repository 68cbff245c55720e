"""How many cores each part can use: what its engine allows a copy, and what it is made for."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from loadtests.capacity.backing_parts import BackingPart
from reports.record.measurements import Configuration
from testcontainers_fixtures.stack_spec import StackSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreLimits:
    """The cores that parts can use: by part one copy, and how many copies of it ran.

    A part that is in none of these can use every core that there is.
    """

    of_copy: Mapping[str, float] = field(default_factory=dict)
    copies: Mapping[str, int] = field(default_factory=dict)

    def whole(self, name: str) -> float | None:
        """Return the cores that all copies of a part can use; None for all that there are."""
        each = self.of_copy.get(name)
        return None if each is None else each * self.copies.get(name, 1)

    def core_share(self, names: Iterable[str], processes: int) -> float:
        """Return the least share of a core that each process of some parts can use, 1 at most."""
        known = (cores for name in names if (cores := self.whole(name)) is not None)
        return min([1.0, *(cores / processes for cores in known)])

    def copy_share(self, names: Iterable[str]) -> float:
        """Return the least share of a core that a copy of some parts can use, 1 at most."""
        return min([1.0, *(self.of_copy[name] for name in names if name in self.of_copy)])


UNLIMITED: Final = CoreLimits()


def core_limits(
    measured: Configuration, spec: StackSpec, backing: Iterable[BackingPart]
) -> CoreLimits:
    """Return what limited the parts of a configuration, as stack file and engine tell."""
    said = [*_limits(spec), *((one.name, one.cores) for one in backing)]
    said += [pair for one in measured.repetitions for pair in one.core_limits.items()]
    of_copy: dict[str, float] = {}
    for name, cores in said:
        if cores is not None:
            of_copy[name] = min(cores, of_copy.get(name, math.inf))
    started = {one.name: one.copies for one in backing}
    return CoreLimits(of_copy=of_copy, copies=started | _ran(measured))


def _limits(spec: StackSpec) -> Iterable[tuple[str, float | None]]:
    return ((name, part.container.cpus) for name, part in spec.parts.items())


def _ran(measured: Configuration) -> dict[str, int]:
    """Return how many copies of each part ran, as the engine that runs them told of it."""
    found: dict[str, int] = {}
    for node in measured.repetitions[0].nodes if measured.repetitions else ():
        for name, copies in node.copies.items():
            found[name] = found.get(name, 0) + copies
    return found
