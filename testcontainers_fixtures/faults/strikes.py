"""What can be done and undone: to the first copy of any part, and to the links between parts."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from testcontainers_fixtures.faults.signs.link_signs import told
from testcontainers_fixtures.faults.targets import first_copy, killable, part_of, pausable
from testcontainers_fixtures.stack import STOP_GRACE_S, Stack
from testcontainers_fixtures.stack_spec import Role

Whose = TypeVar("Whose", bound=Role)


@contextmanager
def frozen(part: str, stack: Stack) -> Iterator[None]:
    """Freeze a part (SIGSTOP) with all its workers; "broker" is a part here. Leaving thaws it."""
    found = pausable(stack, part)
    found.pause()
    try:
        yield
    finally:
        found.resume()


@contextmanager
def frozen_role(role: Role, stack: Stack) -> Iterator[None]:
    """Freeze the first part that plays a role; leaving thaws it."""
    with frozen(part_of(stack, role), stack):
        yield


@contextmanager
def links_told(
    found: Callable[[Stack, Whose], Mapping[str, str]], whose: Whose, order: str, stack: Stack
) -> Iterator[None]:
    """Tell the proxies of the links that are `found` what to do; leaving lets all pass again."""
    urls = found(stack, whose).values()
    try:
        for url in urls:
            told(url, order)
        yield
    finally:
        for url in urls:
            told(url, "/pass")


@contextmanager
def killed(role: Role, stack: Stack) -> Iterator[None]:
    """Kill the first part that plays a role; leaving starts it again."""
    part = part_of(stack, role)
    killable(stack, part).kill()
    try:
        yield
    finally:
        stack.revive(part)


@contextmanager
def terminated(role: Role, stack: Stack) -> Iterator[None]:
    """Send SIGTERM to the first part of a role until it has ended; leaving starts it again."""
    part = part_of(stack, role)
    first_copy(stack, part).stop(grace_s=STOP_GRACE_S)
    try:
        yield
    finally:
        stack.revive(part)
