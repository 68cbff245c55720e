"""What each part of a running stack uses of the machine, all its copies together."""

from collections import ChainMap
from collections.abc import Sequence
from dataclasses import replace

from testcontainers_fixtures.engines.engine import HasThreads, Measured, Usage
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.stack import Stack

BROKER = "broker"
# How many threads these compute in nobody says; resolvers, services and gateways say their copies.
THREADED = ("database", "cache", "stub")


def usage_by_part(stack: Stack) -> dict[str, Usage]:
    """Return the usage of every part, broker included; a part that cannot be measured is left out.

    A part that was attached to is none of ours: what is known of it is what its engine tells, if
    anything. Twins are not counted. Threads are told apart of databases, caches and stubs.
    """
    parts = stack.spec.parts
    names = [*parts, *([BROKER] if stack.spec.broker else [])]
    found = {}
    for name in names:
        copies = _copies(stack, name)
        if (usage := together(copies)) is not None:
            asked = name in parts and parts[name].role in THREADED
            found[name] = replace(usage, threads_s=threads_of(copies)) if asked else usage
    return found


def threads_of(copies: Sequence[object]) -> dict[int, float] | None:
    """Return the CPU time of each thread of all copies; None unless those of all are told."""
    read = [copy.threads_s() if isinstance(copy, HasThreads) else None for copy in copies]
    known = [threads for threads in read if threads is not None]
    return dict(ChainMap(*map(dict, known))) if known and len(known) == len(copies) else None


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
