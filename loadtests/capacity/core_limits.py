"""How many cores each part can use: what its engine allows a copy, and what it is made for."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from loadtests.capacity.backing_parts import BackingPart, copies_that_ran, nodes_of
from reports.record.measurements import Configuration, Node
from testcontainers_fixtures.stack_file.attach_spec import split_lines
from testcontainers_fixtures.stack_spec import StackSpec

# `docker service scale x={workers}`; what says so in a word of its own: `--replicas={workers}`,
# `--scale x={workers}`, `{"spec": {"replicas": {workers}}}`.
_SCALERS: Final = frozenset({"docker", "docker-compose", "kubectl", "oc", "podman"})
_REPLICAS: Final = re.compile(r"--(scale|replicas)(=.*)?|.*\breplicas\W{1,4}\{workers\}.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreLimits:
    """The cores that parts can use: by part one copy, how many copies ran, and on how many cores.

    A part that is in none of these can use every core that there is. Of the parts in `replicated`
    each worker is a copy of its own, so that more of them may use more cores.
    """

    of_copy: Mapping[str, float] = field(default_factory=dict)
    copies: Mapping[str, int] = field(default_factory=dict)
    replicated: frozenset[str] = frozenset()
    of_nodes: Mapping[str, float] = field(default_factory=dict)

    def whole(self, name: str) -> float | None:
        """Return the cores that all copies of a part can use; None for all that there are."""
        each, there = self.of_copy.get(name), self.of_nodes.get(name)
        known = [there, None if each is None else each * self.copies.get(name, 1)]
        return min((cores for cores in known if cores is not None), default=None)

    def core_share(self, names: Iterable[str], processes: int) -> float:
        """Return the least share of a core that each process of some parts can use, 1 at most."""
        alone = [name for name in names if name not in self.replicated]
        known = (cores for name in alone if (cores := self.whole(name)) is not None)
        whole = min([1.0, *(cores / processes for cores in known)])
        return min(whole, self.copy_share(self.replicated.intersection(names)))

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
    nodes = nodes_of(measured)
    copies = started | copies_that_ran(measured)
    return CoreLimits(
        of_copy=of_copy,
        copies=copies,
        replicated=frozenset(_replicated(measured, spec, copies)),
        of_nodes={one.name: cores for one in backing if (cores := _cores_of(one.name, nodes))},
    )


def _replicated(
    measured: Configuration, spec: StackSpec, copies: Mapping[str, int]
) -> Iterator[str]:
    """Yield the parts whose workers are copies: so many ran, or so their engine is told."""
    workers = {"gateway": measured.gateway_workers, "service": measured.service_workers}
    for name, part in spec.parts.items():
        there = workers.get(part.role, 0)
        told = spec.attach.scale.lines(f"{part.role}_workers") if there and spec.attach else ()
        if 1 < there == copies.get(name) or any(map(_makes_replicas, split_lines(told))):
            yield name


def _makes_replicas(words: Sequence[str]) -> bool:
    """Tell whether a command makes copies, not workers within one."""
    scales = "scale" in words[1:] and words[0].rpartition("/")[2] in _SCALERS
    return scales or any(map(_REPLICAS.fullmatch, words))


def _limits(spec: StackSpec) -> Iterable[tuple[str, float | None]]:
    return ((name, part.container.cpus) for name, part in spec.parts.items())


def _cores_of(name: str, nodes: Iterable[Node]) -> float:
    """Return the cores of the nodes on which a part ran, all elsewhere; 0 where it is not known."""
    there = [one for one in nodes if one.copies.get(name)]
    known = [one.cores for one in there if one.cores and not one.here]
    return math.fsum(known) if len(known) == len(there) else 0.0
