"""A resolver dies at once, with the calls that it holds: one of two, or the last one."""

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers_fixtures.faults.fault import ALONE, PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.part_signs import answering
from testcontainers_fixtures.faults.targets import killable, part_of
from testcontainers_fixtures.stack import Stack

LASTS_S = 3.0


@contextmanager
def strike(stack: Stack) -> Iterator[None]:
    """Kill the first resolver; leaving starts it again."""
    part = part_of(stack, "resolver")
    killable(stack, part).kill()
    try:
        yield
    finally:
        stack.revive(part)


FAULTS = (
    Fault(
        name="resolver-sigkill-one-of-two",
        sentence="One of two resolvers is ended by SIGKILL, with the calls that it holds.",
        strike=strike,
        configuration=PAIRS,
        lasts_s=LASTS_S,
        sign=answering("resolver"),
        outage=False,
        unknown_bound=UnknownBound(calls=PAIRS.prefetch),
    ),
    Fault(
        name="resolver-sigkill-last",
        sentence="The only resolver is ended by SIGKILL, with the calls that it holds.",
        strike=strike,
        configuration=ALONE,
        lasts_s=LASTS_S,
        sign=answering("resolver"),
        outage=True,
        unknown_bound=UnknownBound(calls=ALONE.prefetch, in_flight=True),
    ),
)
