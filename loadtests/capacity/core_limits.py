"""How many cores each part can use: what its engine allows a copy, and what it is made for."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from loadtests.capacity.backing_parts import BackingPart
from reports.record.measurements import Configuration, Node
from testcontainers_fixtures.stack_spec import StackSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreLimits:
    """The cores that parts can use: by part one copy, how many copies ran, and on how many cores.

    A part that is in none of these can use every core that there is.
    """

    of_copy: Mapping[str, float] = field(default_factory=dict)
    copies: Mapping[str, int] = field(default_factory=dict)
    of_nodes: Mapping[str, float] = field(default_factory=dict)

    def whole(self, name: str) -> float | None:
        """Return the cores that all copies of a part can use; None for all that there are."""
        each, there = self.of_copy.get(name), self.of_nodes.get(name)
        known = [there, None if each is None else each * self.copies.get(name, 1)]
        return min((cores for cores in known if cores is not None), default=None)

    def core_share(self, names: Iterable[str], processes: int) -> float:
        """Return the least share of a core that each process of some parts can use, 1 at most."""
        known = (cores for name in names if (cores := self.whole(name)) is not None)
        return min([1.0, *(cores / processes for cores in known)])

    def copy_share(self, names: Iterable[str]) -> float:
        """Return the least share of a core that a copy of some parts can use, 1 at most."""
        return min([1.0, *(self.of_copy[name] for name in names if name in self.of_copy)])


UNLIMITED: Final = CoreLimits()


def core_limits(
    measured: Configuration, spec: StackSpec, backing: Sequence[BackingPart]
) -> CoreLimits:
    """Return what limited the parts of a configuration, as stack file and engine tell."""
    said = [*_limits(spec), *((one.name, one.cores) for one in backing)]
    said += [pair for one in measured.repetitions for pair in one.core_limits.items()]
    of_copy: dict[str, float] = {}
    for name, cores in said:
        if cores is not None:
            of_copy[name] = min(cores, of_copy.get(name, math.inf))
    started = {one.name: one.copies_at(measured) for one in backing}
    nodes = measured.repetitions[0].nodes if measured.repetitions else ()
    return CoreLimits(
        of_copy=of_copy,
        copies=started | _ran(nodes),
        of_nodes={one.name: cores for one in backing if (cores := _cores_of(one.name, nodes))},
    )


def _limits(spec: StackSpec) -> Iterable[tuple[str, float | None]]:
    return ((name, part.container.cpus) for name, part in spec.parts.items())


def _ran(nodes: Iterable[Node]) -> dict[str, int]:
    """Return how many copies of each part ran, as the engine that runs them told of it."""
    return dict(sum((Counter(one.copies) for one in nodes), Counter()))


def _cores_of(name: str, nodes: Iterable[Node]) -> float:
    """Return the cores of the nodes on which a part ran, all elsewhere; 0 where it is not known."""
    there = [one for one in nodes if one.copies.get(name)]
    known = [one.cores for one in there if one.cores and not one.here]
    return math.fsum(known) if len(known) == len(there) else 0.0
