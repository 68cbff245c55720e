"""The way to the broker is cut, black-holed or slowed, in both directions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import httpx

from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.faults.fault import PAIRS, Fault, UnknownBound
from testcontainers_fixtures.links.order import links_between
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Role

ANSWER_S = 5.0
DELAY_MS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """One thing that a link's proxy can be told to do, and what may come of it."""

    name: str
    order: str
    what: str
    lasts_s: float
    outage: bool
    unknown: UnknownBound


HARMS = (
    Harm(
        name="cut",
        order="/cut",
        what="is cut: connections are reset and new ones refused",
        lasts_s=3.0,
        outage=True,
        unknown=UnknownBound(calls=2 * PAIRS.prefetch, in_flight=True),
    ),
    Harm(
        name="black-holed",
        order="/hold",
        what="swallows everything in both directions, and hands it on later",
        # Longer than it takes to give up a connection whose heartbeat is 2 s or less.
        lasts_s=6.0,
        outage=True,
        unknown=UnknownBound(in_flight=True, meanwhile=True),
    ),
    Harm(
        name="slowed",
        order=f"/delay?ms={DELAY_MS}",
        what=f"takes {DELAY_MS} ms longer in each direction",
        lasts_s=3.0,
        outage=False,
        unknown=UnknownBound(),
    ),
)


@contextmanager
def strike(role: Role, order: str, stack: Stack) -> Iterator[None]:
    """Tell the proxies of the links from a role's parts to the broker; leaving lets all pass."""
    urls = _controls(stack, role)
    try:
        for url in urls:
            _tell(url, order)
        yield
    finally:
        for url in urls:
            _tell(url, "/pass")


def _controls(stack: Stack, role: Role) -> list[str]:
    names = [name for name in links_between(stack.spec, role, "broker") if name in stack.links]
    if not names:
        raise StackError(
            f"Expected a link from a {role} to the broker; this stack has none: name it in the "
            "stack file, and start the stack with links=True."
        )
    return [stack.links[name] for name in names]


def _tell(url: str, order: str) -> None:
    try:
        httpx.post(f"{url}{order}", timeout=ANSWER_S, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise StackError(
            f"Expected the link's proxy at {url} to obey {order}; seen: {error!r}."
        ) from error


FAULTS = tuple(
    Fault(
        name=f"link-{role}-broker-{harm.name}",
        sentence=f"The link from the {role} to the broker {harm.what}.",
        strike=partial(strike, role, harm.order),
        lasts_s=harm.lasts_s,
        outage=harm.outage,
        links=True,
        unknown_bound=harm.unknown,
    )
    for role in ("gateway", "resolver")
    for harm in HARMS
)
