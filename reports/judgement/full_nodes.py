"""Which node of an engine was full: by what the parts used that ran on it alone.

What copies of one part used on each of several nodes nobody tells, so such a part counts for none:
a node is at least as busy as is said here.
"""

import math
from collections.abc import Sequence

from msgspec import Struct

from reports.judgement.pooling import PhaseName
from reports.record.measurements import Configuration, Node, Phase


class BusyNode(Struct, frozen=True, kw_only=True):
    """A node, and the least share of its cores that was busy in a phase."""

    name: str
    share: float


def busiest(configuration: Configuration, name: PhaseName) -> BusyNode | None:
    """Return the node that was busiest over a phase's repetitions; None where none is known."""
    found: dict[str, list[float]] = {}
    for one in configuration.repetitions:
        phase: Phase | None = getattr(one, name)
        for node in one.nodes if phase and phase.used else ():
            if phase and node.cores:
                found.setdefault(node.name, []).append(_cores(one.nodes, node, phase) / node.cores)
    means = {node: math.fsum(shares) / len(shares) for node, shares in found.items()}
    top = max(means, key=lambda node: means[node], default=None)
    return BusyNode(name=top, share=means[top]) if top else None


def is_apart(configuration: Configuration) -> bool:
    """Tell whether parts ran on other machines than the one that the load came from."""
    return any(not node.here for one in configuration.repetitions for node in one.nodes)


def _cores(nodes: Sequence[Node], node: Node, phase: Phase) -> float:
    """Return the cores that the parts kept busy which ran on a node alone."""
    elsewhere = {part for other in nodes if other is not node for part in other.copies}
    alone = [phase.used[p] for p in node.copies if p in phase.used and p not in elsewhere]
    return math.fsum(use.cpu_s - use.late_cpu_s for use in alone) / phase.duration_s
