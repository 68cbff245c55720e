"""A resolver is killed, asked to end, or frozen while it works: one of two, or the last one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Final

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.faults.fault import ALONE, PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.part_signs import answering
from testcontainers_fixtures.faults.strikes import frozen_role, killed, terminated
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Role

Strike = Callable[[Role, Stack], AbstractContextManager[None]]

LASTS_S: Final[dict[Strike, float]] = {
    killed: 3.0,
    terminated: 2.0,
    # Longer than it takes a broker to give up a connection whose heartbeat is 2 s or less.
    frozen_role: 6.0,
}


def _lost(
    name: str, sentence: str, strike: Strike, configuration: CopyCounts, unknown: UnknownBound
) -> Fault:
    return Fault(
        name=name,
        sentence=sentence,
        strike=partial(strike, "resolver"),
        configuration=configuration,
        lasts_s=LASTS_S[strike],
        sign=answering("resolver"),
        outage=configuration is ALONE,
        unknown_bound=unknown,
    )


FAULTS = (
    _lost(
        "resolver-sigkill-one-of-two",
        "One of two resolvers is ended by SIGKILL, with the calls that it holds.",
        killed,
        PAIRS,
        UnknownBound(calls=PAIRS.prefetch),
    ),
    _lost(
        "resolver-sigkill-last",
        "The only resolver is ended by SIGKILL, with the calls that it holds.",
        killed,
        ALONE,
        UnknownBound(calls=ALONE.prefetch, in_flight=True),
    ),
    _lost(
        "resolver-sigterm-one-of-two",
        "One of two resolvers is sent SIGTERM under load and drains.",
        terminated,
        PAIRS,
        UnknownBound(),
    ),
    _lost(
        "resolver-sigterm-last",
        "The only resolver is sent SIGTERM under load and drains; nobody takes over.",
        terminated,
        ALONE,
        # Whoever has just seen it listen publishes to nobody, and learns so at the deadline.
        UnknownBound(calls=ALONE.prefetch, in_flight=True),
    ),
    _lost(
        "resolver-sigstop-one-of-two",
        "One of two resolvers is frozen by SIGSTOP with the calls it holds, and thawed.",
        frozen_role,
        PAIRS,
        UnknownBound(calls=PAIRS.prefetch),
    ),
    _lost(
        "resolver-sigstop-last",
        "The only resolver is frozen by SIGSTOP with the calls that it holds, and thawed.",
        frozen_role,
        ALONE,
        # Until the broker gives its connection up it looks as if it listened.
        UnknownBound(in_flight=True, meanwhile=True),
    ),
)
