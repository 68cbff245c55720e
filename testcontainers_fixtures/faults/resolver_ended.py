"""A resolver is killed or asked to end while it works: one of two, or the last one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Final

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.faults.fault import ALONE, PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.signs.part_signs import answering
from testcontainers_fixtures.faults.strikes import killed, terminated
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Role

Strike = Callable[[Role, Stack], AbstractContextManager[None]]

LASTS_S: Final[dict[Strike, float]] = {killed: 3.0, terminated: 2.0}


def _ended(
    name: str, sentence: str, strike: Strike, configuration: CopyCounts, unknown: UnknownBound
) -> Fault:
    return Fault(
        name=name,
        sentence=sentence,
        strike=partial(strike, "resolver"),
        role="resolver",
        configuration=configuration,
        lasts_s=LASTS_S[strike],
        sign=answering("resolver"),
        outage=configuration is ALONE,
        unknown_bound=unknown,
    )


FAULTS = (
    _ended(
        "resolver-sigkill-one-of-two",
        "One of two resolvers is ended by SIGKILL, with the calls that it holds.",
        killed,
        PAIRS,
        UnknownBound(calls=PAIRS.prefetch),
    ),
    _ended(
        "resolver-sigkill-last",
        "The only resolver is ended by SIGKILL, with the calls that it holds.",
        killed,
        ALONE,
        UnknownBound(calls=ALONE.prefetch, in_flight=True),
    ),
    _ended(
        "resolver-sigterm-one-of-two",
        "One of two resolvers is sent SIGTERM under load and drains.",
        terminated,
        PAIRS,
        UnknownBound(),
    ),
    _ended(
        "resolver-sigterm-last",
        "The only resolver is sent SIGTERM under load and drains; nobody takes over.",
        terminated,
        ALONE,
        # Whoever has just seen it listen publishes to nobody, and learns so at the deadline.
        UnknownBound(calls=ALONE.prefetch, in_flight=True),
    ),
)
