"""Finds what a fault acts on by its role, and asks whether it can be done to it."""

from testcontainers_fixtures.engines.protocol import Killable, Pausable, Running
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Role


def part_of(stack: Stack, role: Role) -> str:
    """Return the first part of the stack file that plays a role; raise StackError without one."""
    for name in stack.spec.named(role):
        return name
    raise StackError(f"Expected a part with role = {role!r} to break; {stack.spec.name} has none.")


def first_copy(stack: Stack, part: str) -> Running:
    """Return the first running copy of a part; "broker" is a part here."""
    for running in stack.copies(part):
        if running.alive():
            return running
    raise StackError(f"Expected a running copy of {part} to break; none runs.")


def killable(stack: Stack, part: str) -> Killable:
    """Return a running copy of a part that can be killed."""
    found = first_copy(stack, part)
    if isinstance(found, Killable):
        return found
    raise refusal(found, "killed")


def pausable(stack: Stack, part: str) -> Pausable:
    """Return a running copy of a part that can be frozen."""
    found = first_copy(stack, part)
    if isinstance(found, Pausable):
        return found
    raise refusal(found, "frozen")


def refusal(running: Running, what: str) -> StackError:
    """Return the error that says that something cannot be done to a copy on its engine."""
    return StackError(f"{running.name} cannot be {what} on this engine; choose another fault.")
