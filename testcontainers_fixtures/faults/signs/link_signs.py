"""Signs that a link gives: what becomes of a new connection through it, and how soon."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import httpx

from testcontainers_fixtures.errors import NotApplicableError, StackError
from testcontainers_fixtures.faults.signs.sign import Marks, Sign
from testcontainers_fixtures.links.proxy_launch import links_between
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Role

# What a client of AMQP 0-9-1 says first; a broker answers it (section 4.2.2).
GREETING: Final = b"AMQP\x00\x00\x09\x01"
SILENT_AFTER_MS: Final = 1_500
# On a busy machine one of a few is as quick as the link is.
TRIES: Final = 3
SOON_MS: Final = 300
ANSWER_S: Final = 5.0
_WENT_BOTH_WAYS: Final = frozenset({"answered", "closed"})


def greeting(role: Role) -> Sign:
    """Return the sign of links from a role's parts to the broker that no longer answer at once."""
    return Sign(read=partial(_greeted, role), every=True)


def controls(stack: Stack, role: Role) -> dict[str, str]:
    """Return where the links from a role's parts to the broker are told what to do, by name.

    Raises NotApplicableError where the stack file names none, StackError where none was started.
    """
    known = links_between(stack.spec, role, "broker")
    if not known:
        raise NotApplicableError(
            f'There is no link from a part with role = "{role}" to the broker: '
            f"{stack.spec.name}'s stack file names none under [links]."
        )
    return started(stack, known, "the broker")


def started(stack: Stack, known: Sequence[str], target: str) -> dict[str, str]:
    """Return where links are told what to do, by name.

    Raises NotApplicableError where none is named, StackError where none was started.
    """
    if not known:
        raise NotApplicableError(
            f"There is no link to {target}: {stack.spec.name}'s stack file names none under "
            "[links]."
        )
    names = [name for name in known if name in stack.links]
    if not names:
        raise StackError(
            f"Expected a link to {target}; this stack has none: start it with links=True."
        )
    return {name: stack.links[name] for name in names}


def told(url: str, order: str, *, method: str = "POST") -> dict[str, Any]:
    """Return what a link's proxy says to an order."""
    try:
        answer = httpx.request(method, f"{url}{order}", timeout=ANSWER_S, trust_env=False)
        said: dict[str, Any] = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise StackError(
            f"Expected the link's proxy at {url} to obey {order}; seen: {error!r}."
        ) from error
    return said


def moved(url: str, hello: bytes) -> str:
    """Return in words what becomes of a new connection that begins with `hello`, and how soon."""
    order = f"/probe?send={hello.hex()}&ms={SILENT_AFTER_MS}"
    for _ in range(TRIES):
        said = told(url, order, method="GET")
        if said["seen"] not in _WENT_BOTH_WAYS:
            return str(said["seen"])
        if said["after_ms"] < SOON_MS:
            return f"{said['seen']} at once"
    return f"{said['seen']} late"


def _greeted(role: Role, stack: Stack) -> Marks:
    return frozenset(f"{n}: {moved(url, GREETING)}" for n, url in controls(stack, role).items())
