"""A resolver is asked to end while it works: one of two, or the last one."""

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers_fixtures.faults.fault import ALONE, PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.part_signs import answering
from testcontainers_fixtures.faults.targets import first_copy, part_of
from testcontainers_fixtures.stack import STOP_GRACE_S, Stack

LASTS_S = 2.0


@contextmanager
def strike(stack: Stack) -> Iterator[None]:
    """Send SIGTERM to the first resolver and wait until it has ended; leaving starts it again."""
    part = part_of(stack, "resolver")
    first_copy(stack, part).stop(grace_s=STOP_GRACE_S)
    try:
        yield
    finally:
        stack.revive(part)


FAULTS = (
    Fault(
        name="resolver-sigterm-one-of-two",
        sentence="One of two resolvers is sent SIGTERM under load and drains.",
        strike=strike,
        configuration=PAIRS,
        lasts_s=LASTS_S,
        sign=answering("resolver"),
        outage=False,
        unknown_bound=UnknownBound(),
    ),
    Fault(
        name="resolver-sigterm-last",
        sentence="The only resolver is sent SIGTERM under load and drains; nobody takes over.",
        strike=strike,
        configuration=ALONE,
        lasts_s=LASTS_S,
        sign=answering("resolver"),
        outage=True,
        # Whoever has just seen it listen publishes to nobody, and learns so at the deadline.
        unknown_bound=UnknownBound(calls=ALONE.prefetch, in_flight=True),
    ),
)
