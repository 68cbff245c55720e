"""A resolver stops running without ending, and keeps what it holds: one of two, or the last one."""

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers_fixtures.faults.fault import ALONE, PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.part_signs import answering
from testcontainers_fixtures.faults.targets import part_of, pausable
from testcontainers_fixtures.stack import Stack

# Longer than it takes a broker to give up a connection whose heartbeat is 2 s or less.
LASTS_S = 6.0


@contextmanager
def strike(stack: Stack) -> Iterator[None]:
    """Freeze the first resolver (SIGSTOP); leaving thaws it."""
    found = pausable(stack, part_of(stack, "resolver"))
    found.pause()
    try:
        yield
    finally:
        found.resume()


FAULTS = (
    Fault(
        name="resolver-sigstop-one-of-two",
        sentence="One of two resolvers is frozen by SIGSTOP with the calls it holds, and thawed.",
        strike=strike,
        configuration=PAIRS,
        lasts_s=LASTS_S,
        sign=answering("resolver"),
        outage=False,
        unknown_bound=UnknownBound(calls=PAIRS.prefetch),
    ),
    Fault(
        name="resolver-sigstop-last",
        sentence="The only resolver is frozen by SIGSTOP with the calls that it holds, and thawed.",
        strike=strike,
        configuration=ALONE,
        lasts_s=LASTS_S,
        sign=answering("resolver"),
        outage=True,
        # Until the broker gives its connection up it looks as if it listened.
        unknown_bound=UnknownBound(in_flight=True, meanwhile=True),
    ),
)
