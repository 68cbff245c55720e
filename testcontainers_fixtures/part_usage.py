"""What each part of a running stack uses of the machine, all its copies together."""

from collections.abc import Sequence

from testcontainers_fixtures.engines.engine import Measured, Usage
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.stack import Stack

BROKER = "broker"


def usage_by_part(stack: Stack) -> dict[str, Usage]:
    """Return the usage of every part, broker included; a part that cannot be measured is left out.

    A part that was attached to is none of ours: what is known of it is what its engine tells, if
    anything. Twins are not counted.
    """
    names = [*stack.spec.parts, *([BROKER] if stack.spec.broker else [])]
    found = {name: together(_copies(stack, name)) for name in names}
    return {name: usage for name, usage in found.items() if usage is not None}


def together(copies: Sequence[object]) -> Usage | None:
    """Return the sum over copies; None unless all of them can be measured.

    Of the times held back the longest is kept: copies in one control group are held back together.
    """
    read = [copy.usage() if isinstance(copy, Measured) else None for copy in copies]
    known = [usage for usage in read if usage is not None]
    if not known or len(known) < len(copies):
        return None
    memory = [usage.memory_bytes for usage in known if usage.memory_bytes is not None]
    throttled = [usage.throttled_s for usage in known if usage.throttled_s is not None]
    return Usage(
        cpu_s=sum(usage.cpu_s for usage in known),
        memory_bytes=sum(memory) if len(memory) == len(known) else None,
        throttled_s=max(throttled, default=None),
        told_s=min((one.told_s for one in known if one.told_s is not None), default=None),
    )


def _copies(stack: Stack, part: str) -> Sequence[object]:
    try:
        return stack.measured(part)
    except StackError:
        return []
