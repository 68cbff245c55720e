"""The faults of a stack file's own: commands beside a part that break it, and mend it."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final

from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.faults.fault import PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.signs.part_signs import answers_of
from testcontainers_fixtures.faults.signs.sign import Marks, Sign
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_file.fault_spec import OwnFault
from testcontainers_fixtures.stack_file.spec_fields import Command
from testcontainers_fixtures.stack_spec import StackSpec

COMMAND_S: Final = 30.0
# A command `during` a fault starts up first, and ends a moment after its time.
LATE_S: Final = 15.0
_SHOWN: Final = 200


def own_faults(spec: StackSpec) -> tuple[Fault, ...]:
    """Return what a stack file has under [faults], in its order."""
    return tuple(_fault(name, own) for name, own in spec.faults.items())


def _fault(name: str, own: OwnFault) -> Fault:
    return Fault(
        name=name,
        sentence=own.sentence or f"{name}, which the stack file has of its own, is done to it.",
        strike=partial(_struck, name, own),
        configuration=PAIRS,
        lasts_s=own.lasts_s,
        sign=_sign(own),
        outage=own.outage,
        unknown_bound=UnknownBound(
            in_flight=own.unknown != "none", meanwhile=own.unknown == "meanwhile"
        ),
    )


@contextmanager
def _struck(name: str, own: OwnFault, stack: Stack) -> Iterator[None]:
    if own.during:
        with _beside(name, own, own.during, stack):
            yield
        return
    _done(name, own, own.strike or (), stack)
    try:
        yield
    finally:
        _done(name, own, own.mend or (), stack)


@contextmanager
def _beside(name: str, own: OwnFault, command: Command, stack: Stack) -> Iterator[None]:
    """Run a command meanwhile; leaving waits until it has ended by itself."""
    within_s = own.lasts_s + LATE_S
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix=name) as thread:
        running: Future[tuple[int, str]] = thread.submit(
            stack.ran_beside, own.part, own.lasting(command), within_s=within_s
        )
        try:
            yield
        finally:
            _require_well(name, command, *running.result(timeout=within_s + LATE_S))


def _done(name: str, own: OwnFault, command: Sequence[str], stack: Stack) -> None:
    _require_well(name, command, *stack.ran_beside(own.part, command, within_s=COMMAND_S))


def _require_well(name: str, command: Sequence[str], code: int, said: str) -> None:
    if code:
        raise StackError(
            f"Fault {name!r} of the stack file: `{' '.join(command)}` was to end with 0; seen: "
            f"{code} {said.strip()[-_SHOWN:]}"
        )


def _sign(own: OwnFault) -> Sign:
    if own.sign is None:
        return Sign(read=partial(answers_of, own.part))
    return Sign(read=partial(_told, own.part, own.sign), every=True)


def _told(part: str, command: Sequence[str], stack: Stack) -> Marks:
    code, said = stack.ran_beside(part, command, within_s=COMMAND_S)
    words = " ".join(said.split())[-_SHOWN:]
    return frozenset({f"{part}: {command[0]} ends with {code} {words}".strip()})
