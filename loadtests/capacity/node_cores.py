"""How many cores the parts of a configuration could have: the machine's own, or its nodes'."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from loadtests.capacity.no_model import NoModelError
from reports.record.measurements import Configuration, Node
from testcontainers_fixtures.stack_spec import StackSpec

NOT_TOLD: Final = (
    "On how many cores the parts ran is not known (name the `engine` in [attach], and let it look "
    "at its nodes); no model is made."
)
CHANGED: Final = "The parts ran on other nodes from repetition to repetition; no model is made."
MOVED: Final = (
    "Some parts ran on the machine that the load came from and some on others, and copies of "
    "{names} moved between them from repetition to repetition; no model is made. Bind each part to "
    "a node (a nodeSelector, a placement constraint)."
)
PLACELESS: Final = (
    "Some parts ran on the machine that the load came from and some on others, and on which of "
    "them {names} ran is not told; no model is made. Give what the engine of [attach] calls them "
    "in `names` there."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorePool:
    """One machine's cores, and how many copies of which part ran there; `here`: the load's own."""

    name: str
    cores: float
    here: bool = False
    copies: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCores:
    """The cores of a configuration's machines: of all, and by node where copies ran on several.

    Without `pools` all parts share the cores, as those do that run on one machine.
    """

    cores: float
    pools: tuple[CorePool, ...] = ()


def cores_under(
    measured: Configuration, spec: StackSpec, own: int, using: Sequence[str]
) -> MachineCores:
    """Return the cores of a configuration's machines; raise NoModelError where nobody tells.

    Parts that run on this machine, of which there are `own`, share them with the load; virtual
    nodes that are on it are one machine. `using` are the parts that use the CPU: where copies of
    theirs ran elsewhere, and on which node is not told or changed, the nodes are taken as one
    machine that has the cores of all.
    """
    if not _may_be_elsewhere(measured, spec):
        return MachineCores(cores=own)
    repetitions = [_pools(one.nodes, own) for one in measured.repetitions]
    if not repetitions:
        return MachineCores(cores=own)
    pools = repetitions[0]
    cores = {math.fsum(one.cores for one in each) for each in repetitions}
    lacking = _not_placed(repetitions, using)
    if lacking and len({one.here for each in repetitions for one in each}) > 1:
        raise NoModelError(lacking)
    if len(cores) > 1:
        raise NoModelError(CHANGED)
    alone = lacking or len(pools) == 1
    return MachineCores(cores=cores.pop(), pools=() if alone else pools)


def _may_be_elsewhere(measured: Configuration, spec: StackSpec) -> bool:
    """Tell whether what was measured may have run on another machine than this one.

    What Swarm's tasks use is read here, of those here; others beside them take nothing of it.
    """
    here = any(node.here for one in measured.repetitions for node in one.nodes)
    return spec.attach is not None and (spec.attach.told_late or here)


def _not_placed(repetitions: Sequence[Sequence[CorePool]], using: Sequence[str]) -> str:
    """Return why it is not known on which node each part ran; "" where it is."""
    seen = [{one.name: one.copies for one in pools} for pools in repetitions]
    if moved := [n for n in using if len({_where(n, at) for at in seen}) > 1]:
        return MOVED.format(names=", ".join(moved))
    untold = [name for name in using if not _where(name, seen[0])]
    return PLACELESS.format(names=", ".join(untold)) if untold else ""


def _where(name: str, nodes: Mapping[str, Mapping[str, int]]) -> frozenset[tuple[str, int]]:
    return frozenset((node, n) for node, copies in nodes.items() if (n := copies.get(name)))


def _pools(nodes: Sequence[Node], own: int) -> tuple[CorePool, ...]:
    """Return the machines of some nodes, that of the load first; each has cores of its own."""
    here = [one for one in nodes if one.here]
    if not nodes or not all(one.cores for one in nodes if not one.here):
        raise NoModelError(NOT_TOLD)
    beside = CorePool(
        name=", ".join(one.name for one in here),
        cores=own,
        here=True,
        copies=sum((Counter(one.copies) for one in here), Counter()),
    )
    others = (
        CorePool(name=one.name, cores=one.cores or 0.0, copies=one.copies)
        for one in nodes
        if not one.here
    )
    return (*((beside,) if here else ()), *others)
