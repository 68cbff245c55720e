"""The way to the broker is cut, black-holed or slowed, in both directions."""

from dataclasses import dataclass
from functools import partial

from testcontainers_fixtures.faults.fault import PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.signs.link_signs import controls, greeting
from testcontainers_fixtures.faults.strikes import links_told
from testcontainers_fixtures.stack_spec import Role

DELAY_MS = 200
ROLES: tuple[Role, ...] = ("gateway", "resolver")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkHarm:
    """One thing that a link's proxy can be told to do, and what may come of it."""

    name: str
    order: str
    what: str
    lasts_s: float
    outage: bool
    unknown: UnknownBound


HARMS = (
    LinkHarm(
        name="cut",
        order="/cut",
        what="is cut: connections are reset and new ones refused",
        lasts_s=3.0,
        outage=True,
        unknown=UnknownBound(calls=2 * PAIRS.prefetch, in_flight=True),
    ),
    LinkHarm(
        name="black-holed",
        order="/hold",
        what="swallows everything in both directions, and hands it on later",
        # Longer than it takes to give up a connection whose heartbeat is 2 s or less.
        lasts_s=6.0,
        outage=True,
        unknown=UnknownBound(in_flight=True, meanwhile=True),
    ),
    LinkHarm(
        name="slowed",
        order=f"/delay?ms={DELAY_MS}",
        what=f"takes {DELAY_MS} ms longer in each direction",
        lasts_s=3.0,
        outage=False,
        unknown=UnknownBound(),
    ),
)


FAULTS = tuple(
    Fault(
        name=f"link-{role}-broker-{harm.name}",
        sentence=f"The link from the {role} to the broker {harm.what}.",
        strike=partial(links_told, controls, role, harm.order),
        lasts_s=harm.lasts_s,
        outlasts=harm.name == "black-holed",
        outage=harm.outage,
        links=True,
        sign=greeting(role),
        unknown_bound=harm.unknown,
    )
    for role in ROLES
    for harm in HARMS
)
