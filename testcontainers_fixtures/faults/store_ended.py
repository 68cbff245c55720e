"""A database or a cache is killed, restarted or frozen; it comes again with its data."""

from functools import partial
from typing import Final

from testcontainers_fixtures.faults.fault import Fault, UnknownBound
from testcontainers_fixtures.faults.signs.store_signs import serving
from testcontainers_fixtures.faults.strikes import frozen_role, killed, terminated
from testcontainers_fixtures.faults.targets import Store

AWAY_S: Final = 3.0
FROZEN_S: Final = 4.0
STORES: Final[tuple[Store, ...]] = ("database", "cache")
# Who asks it cannot know whether what it was asked was done.
_ALL: Final = UnknownBound(in_flight=True, meanwhile=True)


FAULTS = tuple(
    Fault(
        name=f"{role}-{name}",
        sentence=f"A {role} {what}.",
        strike=partial(strike, role),
        role=role,
        lasts_s=lasts_s,
        outlasts=strike is frozen_role,
        sign=serving(role),
        outage=True,
        unknown_bound=_ALL,
    )
    for role in STORES
    for name, what, strike, lasts_s in (
        ("sigkill", "is ended by SIGKILL, stays away, and is started again", killed, AWAY_S),
        ("restarted", "is asked to end, stays away, and is started again", terminated, AWAY_S),
        ("paused", "is frozen with all that it has open, and thawed", frozen_role, FROZEN_S),
    )
)
