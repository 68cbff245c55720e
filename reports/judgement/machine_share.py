"""How much of the machine something else took while a phase was measured; which node was full.

What copies of one part used on each of several nodes nobody tells, so such a part counts for none:
a node is at least as busy as is said here. Of the one that sends the load too, where others run
parts beside it, all is known.
"""

import math
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from reports.judgement.pooling import PhaseName
from reports.record import number_formats
from reports.record.measurements import Configuration, Node, Phase
from reports.record.record import Verdict

# Of the machine, what something else may take while a figure is measured that is to be trusted.
OTHERS_SHARE: Final = 0.15


class BusyNode(Struct, frozen=True, kw_only=True):
    """A node, and the least share of its cores that was busy in a phase."""

    name: str
    share: float


def elsewhere(phase: Phase, cores: float) -> float | None:
    """Return how many cores something else than system and generator kept busy; None: not known.

    What is busy and nobody's (`host_cpu`, less what parts and generators used) is theirs. All of it
    is laid over the planned phase: what the parts work off afterwards, `host_cpu` has not seen. Of
    parts that ran apart from the generator it says nothing.
    """
    generator = phase.generator_cores
    if phase.apart or phase.host_cpu is None or generator is None or not phase.used:
        return None
    within_s = math.fsum(use.cpu_s - use.late_cpu_s for use in phase.used.values())
    ours = within_s / phase.duration_s + generator
    return max(0.0, phase.host_cpu * cores - ours)


def shared_out(phase: Phase, cores: int) -> bool:
    """Tell whether something else than system and generator took much of the machine meanwhile.

    Where the parts were not measured nothing is known, and nothing said.
    """
    others = elsewhere(phase, cores)
    return others is not None and others > OTHERS_SHARE * cores


def machine_was_its_own(phase: Phase, cores: int) -> tuple[Verdict, str]:
    """Judge whether something else took at most 15 % of the machine, in a closed loop as well.

    What it took the system could not have: it carries more, and answers sooner, than was seen. It
    does not apply where the parts were not measured: they may be on another machine.
    """
    others = elsewhere(phase, cores)
    if others is None:
        return "not applicable", "What the system's parts used of this machine is not known."
    share = number_formats.percent(others / cores)
    sentence = f"Something else on the machine took {share} of it"
    if shared_out(phase, cores):
        return "unknown", (
            f"{sentence}, above 15 %: this is what it left over; run again when it is idle."
        )
    return "pass", f"{sentence}."


def busiest_node(configuration: Configuration, name: PhaseName) -> BusyNode | None:
    """Return the node that was busiest over a phase's repetitions; None where none is known."""
    found: dict[str, list[float]] = {}
    for one in configuration.repetitions:
        phase: Phase | None = getattr(one, name)
        for node in one.nodes if phase and phase.used else ():
            if phase and node.cores:
                found.setdefault(node.name, []).append(_share(one.nodes, node, phase, node.cores))
    means = {node: math.fsum(shares) / len(shares) for node, shares in found.items()}
    top = max(means, key=lambda node: means[node], default=None)
    return BusyNode(name=top, share=means[top]) if top else None


def _share(nodes: Sequence[Node], node: Node, phase: Phase, cores: float) -> float:
    seen = phase.host_cpu if node.here and phase.apart else None
    return max(_cores(nodes, node, phase) / cores, seen or 0.0)


def _cores(nodes: Sequence[Node], node: Node, phase: Phase) -> float:
    """Return the cores that the parts kept busy which ran on a node alone."""
    others = {part for other in nodes if other is not node for part in other.copies}
    alone = [phase.used[p] for p in node.copies if p in phase.used and p not in others]
    return math.fsum(use.cpu_s - use.late_cpu_s for use in alone) / phase.duration_s
