"""How many cores the parts of a configuration could have: the machine's own, or its nodes'."""

import math
from collections.abc import Sequence
from typing import Final

from loadtests.capacity.no_model import NoModelError
from reports.record.measurements import Configuration, Node
from testcontainers_fixtures.stack_spec import StackSpec

NOT_TOLD: Final = (
    "On how many cores the parts ran is not known (name the `engine` in [attach], and let it look "
    "at its nodes); no model is made."
)
MIXED: Final = (
    "Some parts ran on the machine that the load came from, and some on others; no model is made "
    "of machines that are shared in part."
)
CHANGED: Final = "The parts ran on other nodes from repetition to repetition; no model is made."


def cores_under(measured: Configuration, spec: StackSpec, own: int) -> float:
    """Return the cores of a configuration's machines; raise NoModelError where nobody tells.

    Parts that run on this machine, of which there are `own`, share them with the load. All others
    are taken as one machine that has the cores of all nodes: how they are shared out is not known.
    """
    if spec.attach is None or not spec.attach.told_late:  # what Swarm's tasks use is read here
        return own
    found = {_cores(one.nodes, own) for one in measured.repetitions}
    if len(found) > 1:
        raise NoModelError(CHANGED)
    return found.pop() if found else own


def _cores(nodes: Sequence[Node], own: int) -> float:
    here = {one.here for one in nodes}
    if len(here) > 1:
        raise NoModelError(MIXED)
    cores = [one.cores for one in nodes if one.cores]
    if not nodes or len(cores) < len(nodes):
        raise NoModelError(NOT_TOLD)
    return own if True in here else math.fsum(cores)
