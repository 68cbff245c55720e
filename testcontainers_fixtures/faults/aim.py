"""Which faults a system can be put to, and at which of its parts each is aimed."""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from testcontainers_fixtures.faults.catalogue import catalogue
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.faults.own_faults import own_faults
from testcontainers_fixtures.faults.store_ended import STORES
from testcontainers_fixtures.stack_spec import StackSpec

# A fault of one of these is tried at each part of it: they are not alike.
EACH: Final = frozenset({"resolver", *STORES})


def faults_of(spec: StackSpec, known: Iterable[Fault] | None = None) -> tuple[Fault, ...]:
    """Return the faults that there are for a system: those known, and the stack file's own.

    One of a part that there are several of is there once for each, as NAME@PART. What is done to
    databases and caches is left out where the system has none.
    """
    found = (one for fault in known or catalogue() for one in _aimed(spec, fault))
    return (*found, *own_faults(spec))


def led(spec: StackSpec, fault: Fault) -> StackSpec:
    """Return a stack file in which what a fault is aimed at is the first of its role.

    Faults strike the first part that plays a role.
    """
    if not fault.part:
        return spec
    first = {fault.part: spec.parts[fault.part]}
    return replace(spec, parts=first | dict(spec.parts))


def _aimed(spec: StackSpec, fault: Fault) -> Iterator[Fault]:
    parts = [name for name, part in spec.parts.items() if part.role == fault.role]
    if fault.role in EACH and len(parts) > 1:
        yield from (fault.at(part) for part in parts)
    elif parts or fault.role not in STORES:
        yield fault
