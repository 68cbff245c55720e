"""Finds what a fault acts on by its role, and asks whether it can be done to it."""

from typing import Literal

from testcontainers_fixtures.engines.engine import Killable, Pausable, Running, Staffed, Steered
from testcontainers_fixtures.errors import NotApplicableError, StackError
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Role

Store = Literal["database", "cache"]


def part_of(stack: Stack, role: Role) -> str:
    """Return the first part that plays a role; raise NotApplicableError without one."""
    for name in stack.spec.named(role):
        return name
    raise NotApplicableError(
        f'There is no part with role = "{role}" to break: '
        f"{stack.spec.name}'s stack file names none."
    )


def first_copy(stack: Stack, part: str) -> Running:
    """Return the first running copy of a part; "broker" is a part here.

    Raises NotApplicableError for the broker of a system without one, else StackError.
    """
    if part == "broker" and stack.spec.broker is None:
        raise no_broker(stack)
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


def refusal(running: Running, what: str) -> NotApplicableError:
    """Return the error that says that something cannot be done to a copy on its engine."""
    return NotApplicableError(
        f"{running.name} cannot be {what} on this engine; another --engine may do it."
    )


def no_broker(stack: Stack) -> NotApplicableError:
    """Return the error that says that a system has no broker to break."""
    return NotApplicableError(
        f"There is no broker to break: {stack.spec.name}'s stack file has no [broker]."
    )


def staffed(stack: Stack, part: str) -> Staffed:
    """Return a running copy of a part whose workers can be killed one by one."""
    found = first_copy(stack, part)
    if isinstance(found, Staffed):
        return found
    raise refusal(found, "deprived of a worker")


def steered(stack: Stack) -> Steered:
    """Return the broker as its operator can reach it."""
    found = first_copy(stack, "broker")
    if isinstance(found, Steered):
        return found
    raise refusal(found, "steered")


def end(running: Running) -> None:
    """End something that has nothing to lose."""
    if isinstance(running, Killable):
        running.kill()
    else:
        running.stop(grace_s=0.0)
