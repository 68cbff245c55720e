"""What each part of a running stack uses of the machine, all its copies together."""

import time
from collections.abc import Sequence

from testcontainers_fixtures.engines.engine import HasThreads, Measured, Usage
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_file.part_spec import THREADED

BROKER = "broker"
THREADS_EVERY_S = 1.0


class PartUsages:
    """Reads what the parts of a stack use; tells threads apart once a second at the most.

    Each thread costs a file, in the process from which the load comes, and a phase needs them at
    its begin and at its end alone.
    """

    def __init__(self, stack: Stack, *, threads_every_s: float = THREADS_EVERY_S) -> None:
        self._stack = stack
        self._every_s = threads_every_s
        self._due_s = 0.0

    def __repr__(self) -> str:
        """Show whose parts."""
        return f"<PartUsages of {self._stack}>"

    def __call__(self) -> dict[str, Usage]:
        """Return the usage of every part, as `usage_by_part`."""
        now_s = time.monotonic()
        due = now_s >= self._due_s
        if due:
            self._due_s = now_s + self._every_s
        return usage_by_part(self._stack, threads=due)


def usage_by_part(stack: Stack, *, threads: bool = False) -> dict[str, Usage]:
    """Return the usage of every part, broker included; a part that cannot be measured is left out.

    A part that was attached to is none of ours: what is known of it is what its engine tells, if
    anything. Twins are not counted. Threads are told apart of databases, caches and stubs, if so
    asked.
    """
    parts = stack.spec.parts
    names = [*parts, *([BROKER] if stack.spec.broker else [])]
    found = {}
    for name in names:
        asked = threads and name in parts and parts[name].role in THREADED
        if (usage := together(_copies(stack, name), threads=asked)) is not None:
            found[name] = usage
    return found


def together(copies: Sequence[object], *, threads: bool = False) -> Usage | None:
    """Return the sum over copies; None unless all of them can be measured.

    Of the times held back the longest is kept: copies in one control group are held back together.
    Threads are those of all copies, or of none.
    """
    read = [_usage_of(copy, threads=threads) for copy in copies]
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
        threads=tuple(one for usage in known for one in usage.threads)
        if all(usage.threads for usage in known)
        else (),
    )


def _usage_of(copy: object, *, threads: bool) -> Usage | None:
    if threads and isinstance(copy, HasThreads):
        return copy.usage_with_threads()
    return copy.usage() if isinstance(copy, Measured) else None


def _copies(stack: Stack, part: str) -> Sequence[object]:
    try:
        return stack.measured(part)
    except StackError:
        return []
