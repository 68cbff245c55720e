"""The memory file system that a database or a cache keeps its rows in is full, and freed again."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from testcontainers_fixtures.errors import NotApplicableError, StackError
from testcontainers_fixtures.faults.fault import Fault, UnknownBound
from testcontainers_fixtures.faults.signs.sign import Marks, Sign
from testcontainers_fixtures.faults.store_ended import STORES
from testcontainers_fixtures.faults.targets import Store, part_of
from testcontainers_fixtures.stack import Stack

LASTS_S: Final = 3.0
WITHIN_S: Final = 30.0
# Until there is no room: `dd` ends with 1 then, which is what is wanted.
_FILL: Final = 'dd if=/dev/zero of="$0/.full" bs=4k 2>&1'
_FREE: Final = 'rm -f "$0/.full"'
_SIZE: Final = 'df -P "$0"'
# As POSIX has `df -P`: a line of heads, then device, blocks, used, free, capacity, where.
_FREE_BLOCKS: Final = -3


def disk(stack: Stack, role: Store) -> tuple[str, str]:
    """Return the first part of a role, and the path of its memory file system of a stated size.

    Raises NotApplicableError where it has none: what is not bounded is the machine's own memory.
    """
    part = part_of(stack, role)
    for text in stack.spec.parts[part].tmpfs:
        path, _, options = text.partition(":")
        if "size=" in options:
            return part, path
    raise NotApplicableError(
        f"Nothing of {part} can be filled: it takes a bounded file system of its own, as "
        f'`tmpfs = ["/var/lib/data:size=64m"]` in [parts.{part}].'
    )


@contextmanager
def _filled(role: Store, stack: Stack) -> Iterator[None]:
    part, path = disk(stack, role)
    _ran(stack, part, _FILL, path)
    try:
        yield
    finally:
        _require_alive(stack, part, path)
        code, said = _ran(stack, part, _FREE, path)
        if code:
            raise StackError(f"Expected room in {path} of {part} again; seen: {said.strip()}")


def _require_alive(stack: Stack, part: str, path: str) -> None:
    """Raise StackError where it has ended: its rows were in memory, and no system could help it."""
    if not any(copy.alive() for copy in stack.copies(part)):
        raise StackError(
            f"{part} ended while {path} was full, and what is in memory goes with its container: "
            "nothing can be said of its rows."
        )


def _room(role: Store, stack: Stack) -> Marks:
    part, path = disk(stack, role)
    code, said = _ran(stack, part, _SIZE, path)
    if code:
        raise StackError(f"Expected the size of {path} beside {part}; seen: {said.strip()}")
    full = int(said.split()[_FREE_BLOCKS]) == 0
    return frozenset({f"{part}: {path} {'is full' if full else 'has room'}"})


def _ran(stack: Stack, part: str, script: str, path: str) -> tuple[int, str]:
    return stack.ran_beside(part, ["sh", "-c", script, path], within_s=WITHIN_S)


FAULTS = tuple(
    Fault(
        name=f"{role}-full",
        sentence=f"What a {role} keeps its rows in is full: nothing more can be written to it.",
        strike=partial(_filled, role),
        role=role,
        engines=frozenset({"containers"}),
        why_not="A process has no file system of its own that could be filled.",
        lasts_s=LASTS_S,
        sign=Sign(read=partial(_room, role), every=True),
        outage=True,
        unknown_bound=UnknownBound(in_flight=True, meanwhile=True),
    )
    for role in STORES
)
