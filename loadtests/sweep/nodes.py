"""Puts down where a stack's copies ran, as the engine that runs them tells."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from reports.record.measurements import Node, Phase, Repetition
from testcontainers_fixtures.stack import Stack

NOT_TOLD: Final = "the engine does not tell how many cores its node has"


def nodes_of(stack: Stack) -> tuple[Node, ...]:
    """Return the nodes on which a stack's copies run now; none of a stack that was started here."""
    return tuple(
        Node(
            name=one.name,
            cores=one.cores,
            here=one.here,
            copies=dict(copies),
            reasons={"cores": NOT_TOLD} if one.cores is None else {},
        )
        for one, copies in stack.nodes.items()
    )


def placed(phase: Phase, nodes: Sequence[Node]) -> Phase:
    """Return a phase that tells whether its parts ran on other machines than its load."""
    return replace(phase, apart=not all(one.here for one in nodes))


def on_nodes(one: Repetition, nodes: Sequence[Node]) -> Repetition:
    """Return a repetition with the nodes on which it was."""
    return replace(
        one,
        nodes=tuple(nodes),
        warm_up=one.warm_up and placed(one.warm_up, nodes),
        closed=one.closed and placed(one.closed, nodes),
        open=one.open and placed(one.open, nodes),
        common=one.common and placed(one.common, nodes),
    )
