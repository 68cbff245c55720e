"""A service stops running without ending: its connections stay open and nothing answers."""

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers_fixtures.faults.fault import Fault, UnknownBound
from testcontainers_fixtures.faults.part_signs import answering
from testcontainers_fixtures.faults.targets import part_of, pausable
from testcontainers_fixtures.stack import Stack

LASTS_S = 4.0


@contextmanager
def strike(stack: Stack) -> Iterator[None]:
    """Freeze the first service with all its workers; leaving thaws it."""
    found = pausable(stack, part_of(stack, "service"))
    found.pause()
    try:
        yield
    finally:
        found.resume()


FAULTS = (
    Fault(
        name="service-paused",
        sentence="A service is frozen with all its workers, and thawed.",
        strike=strike,
        lasts_s=LASTS_S,
        sign=answering("service"),
        outage=True,
        unknown_bound=UnknownBound(in_flight=True, meanwhile=True),
    ),
)
