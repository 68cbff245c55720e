"""Puts down where a stack's copies ran, as the engine that runs them tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from reports.record.measurements import Node, Phase, Repetition
from testcontainers_fixtures.attachment import is_on_loopback
from testcontainers_fixtures.stack import Stack

NOT_TOLD: Final = "the engine does not tell how many cores its node has"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a stack's copies ran; `apart` where they may not have run where the load came from.

    `core_limits` are the cores that its engine allows a copy of each part that it limits.
    """

    nodes: tuple[Node, ...] = ()
    apart: bool = False
    core_limits: Mapping[str, float] = field(default_factory=dict)


HERE: Final = Whereabouts()


def whereabouts_of(stack: Stack) -> Whereabouts:
    """Return where a stack's copies run now; no nodes for a stack that was started here.

    Where no node is told, and somebody else knows what the parts use, or the gateway is no address
    of this machine, they may run anywhere: they are then taken for apart, so that nothing is said
    of this machine that was not measured.
    """
    nodes = tuple(
        Node(
            name=one.name,
            cores=one.cores,
            here=one.here,
            copies=dict(copies),
            reasons={"cores": NOT_TOLD} if one.cores is None else {},
        )
        for one, copies in stack.nodes.items()
    )
    unknown = not nodes and _may_be_anywhere(stack)
    return Whereabouts(
        nodes=nodes,
        apart=unknown or not all(one.here for one in nodes),
        core_limits=stack.core_limits,
    )


def _may_be_anywhere(stack: Stack) -> bool:
    attach = stack.spec.attach
    if attach is None:
        return False
    return attach.told_late or (attach.usage is None and not is_on_loopback(stack.doorstep))


def placed(phase: Phase, at: Whereabouts) -> Phase:
    """Return a phase that tells whether its parts ran on other machines than its load."""
    return replace(phase, apart=at.apart)


def on_nodes(one: Repetition, at: Whereabouts) -> Repetition:
    """Return a repetition with the nodes on which it was."""
    return replace(
        one,
        nodes=at.nodes,
        core_limits=dict(at.core_limits),
        warm_up=one.warm_up and placed(one.warm_up, at),
        closed=one.closed and placed(one.closed, at),
        open=one.open and placed(one.open, at),
        common=one.common and placed(one.common, at),
    )
