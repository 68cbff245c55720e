"""A resolver, a service or the broker is frozen: what it holds stays, and nothing answers."""

from functools import partial
from typing import Final

from testcontainers_fixtures.faults.fault import ALONE, PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.signs.broker_signs import CONNECTIONS
from testcontainers_fixtures.faults.signs.part_signs import answering
from testcontainers_fixtures.faults.strikes import frozen, frozen_role

SERVICE_S: Final = 4.0
# Longer than it takes to give up a connection whose heartbeat is 2 s or less.
UNHEARD_S: Final = 6.0
# All that was on its way, and all that is sent until it is thawed.
_ALL = UnknownBound(in_flight=True, meanwhile=True)

FAULTS = (
    Fault(
        name="resolver-sigstop-one-of-two",
        sentence="One of two resolvers is frozen by SIGSTOP with the calls it holds, and thawed.",
        strike=partial(frozen_role, "resolver"),
        role="resolver",
        configuration=PAIRS,
        lasts_s=UNHEARD_S,
        sign=answering("resolver"),
        outage=False,
        unknown_bound=UnknownBound(calls=PAIRS.prefetch),
    ),
    Fault(
        name="resolver-sigstop-last",
        sentence="The only resolver is frozen by SIGSTOP with the calls that it holds, and thawed.",
        strike=partial(frozen_role, "resolver"),
        role="resolver",
        configuration=ALONE,
        lasts_s=UNHEARD_S,
        sign=answering("resolver"),
        outlasts=True,
        outage=True,
        # Until the broker gives its connection up it looks as if it listened.
        unknown_bound=_ALL,
    ),
    Fault(
        name="service-paused",
        sentence="A service is frozen with all its workers, and thawed.",
        strike=partial(frozen_role, "service"),
        lasts_s=SERVICE_S,
        sign=answering("service"),
        outlasts=True,
        outage=True,
        unknown_bound=_ALL,
    ),
    Fault(
        name="broker-frozen",
        sentence="The broker is frozen: connections stay open and nothing answers; then thawed.",
        strike=partial(frozen, "broker"),
        lasts_s=UNHEARD_S,
        sign=CONNECTIONS,
        outlasts=True,
        outage=True,
        unknown_bound=_ALL,
    ),
)
