"""How many cores the parts of a configuration could have: the machine's own, or its nodes'."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from loadtests.capacity.no_model import NoModelError
from reports.judgement.pooling import that_measured
from reports.record.measurements import Configuration, Node
from testcontainers_fixtures.stack_spec import StackSpec

NOT_TOLD: Final = (
    "On how many cores the parts ran is not known (name the `engine` in [attach], and let it look "
    "at its nodes); no model is made."
)
CHANGED: Final = "The parts ran on other nodes from repetition to repetition; no model is made."
_BIND: Final = "Bind each part to a node (a nodeSelector, a placement constraint)."
_NAME: Final = "Give what the engine of [attach] calls them in `names` there."
_PARTLY_HERE: Final = (
    "Some parts ran on the machine that the load came from and some on others, and "
)
MOVED: Final = (
    f"{_PARTLY_HERE}copies of {{names}} moved between them from repetition to repetition; no model "
    f"is made. {_BIND}"
)
PLACELESS: Final = (
    f"{_PARTLY_HERE}on which of them {{names}} ran is not told; no model is made. {_NAME}"
)
MOVED_ELSEWHERE: Final = (
    "Copies of {names} moved between nodes from repetition to repetition; the nodes count as one "
    f"machine. {_BIND}"
)
PLACELESS_ELSEWHERE: Final = (
    f"On which nodes {{names}} ran is not told; the nodes count as one machine. {_NAME}"
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

    Without `pools` all parts share the cores, as those do that run on one machine; `merged` says
    why several nodes count as one.
    """

    cores: float
    pools: tuple[CorePool, ...] = ()
    merged: str = ""


def cores_under(
    measured: Configuration, spec: StackSpec, own: int, using: Sequence[str]
) -> MachineCores:
    """Return the cores of a configuration's machines; raise NoModelError where nobody tells.

    Parts that run on this machine, of which there are `own`, share them with the load; virtual
    nodes that are on it are one machine. `using` are the parts that use the CPU: where copies of
    theirs ran elsewhere, and on which node is not told or changed, the nodes are taken as one
    machine that has the cores of all. A repetition that measured nothing tells nothing.
    """
    if not _may_be_elsewhere(measured, spec):
        return MachineCores(cores=own)
    repetitions = [_pools(one.nodes, own) for one in that_measured(measured)]
    if not repetitions:
        return MachineCores(cores=own)
    moved, untold = _moved(repetitions, using), _untold(repetitions[0], using)
    if len({one.here for each in repetitions for one in each}) > 1:
        _refuse(moved, untold)
    cores = {math.fsum(one.cores for one in each) for each in repetitions}
    if len(cores) > 1:
        raise NoModelError(CHANGED)
    if all(len(each) == 1 for each in repetitions):
        return MachineCores(cores=cores.pop())
    if moved or untold:
        why = MOVED_ELSEWHERE if moved else PLACELESS_ELSEWHERE
        return MachineCores(cores=cores.pop(), merged=why.format(names=", ".join(moved or untold)))
    return MachineCores(cores=cores.pop(), pools=tuple(_named(repetitions, using)))


def _may_be_elsewhere(measured: Configuration, spec: StackSpec) -> bool:
    """Tell whether what was measured may have run on another machine than this one.

    It may where an engine tells of nodes, and where somebody else knows what the parts use. What
    Swarm's tasks use is read by DOCKER_HOST, which may be another machine's.
    """
    told = any(one.nodes for one in measured.repetitions)
    return spec.attach is not None and (spec.attach.told_late or told)


def _refuse(moved: Sequence[str], untold: Sequence[str]) -> None:
    """Raise NoModelError where it is not known which parts ran beside the load."""
    for names, why in ((moved, MOVED), (untold, PLACELESS)):
        if names:
            raise NoModelError(why.format(names=", ".join(names)))


def _moved(repetitions: Sequence[Sequence[CorePool]], using: Sequence[str]) -> list[str]:
    """Return the parts whose copies were on other nodes from repetition to repetition.

    Nodes elsewhere that swapped what ran on them, with as many cores, are as they were.
    """
    first, *others = [Counter(_kind(one, using) for one in each) for each in repetitions]
    if all(kinds == first for kinds in others):
        return []
    seen = [{one.name: one.copies for one in pools} for pools in repetitions]
    return [n for n in using if len({_where(n, at) for at in seen}) > 1] or [*using]


def _untold(pools: Sequence[CorePool], using: Sequence[str]) -> list[str]:
    return [name for name in using if not any(one.copies.get(name) for one in pools)]


def _named(repetitions: Sequence[Sequence[CorePool]], using: Sequence[str]) -> Iterator[CorePool]:
    """Yield the first repetition's machines, each by all the names that its like had."""
    for one in repetitions[0]:
        kind = _kind(one, using)
        names = [[o.name for o in each if _kind(o, using) == kind] for each in repetitions]
        kept = all(one.name in each for each in names)
        found = dict.fromkeys(chain.from_iterable(names))
        yield one if kept else replace(one, name=" or ".join(found))


def _kind(pool: CorePool, using: Sequence[str]) -> tuple[object, ...]:
    """Return what makes a machine equal to another: its cores, and the copies of parts there."""
    return pool.here, pool.cores, *(pool.copies.get(name, 0) for name in using)


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
