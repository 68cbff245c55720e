"""The broker stops running without ending: every connection stays open and nothing answers."""

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers_fixtures.faults.broker_signs import CONNECTIONS
from testcontainers_fixtures.faults.fault import Fault, UnknownBound
from testcontainers_fixtures.faults.targets import pausable
from testcontainers_fixtures.stack import Stack

# Longer than it takes to give up a connection whose heartbeat is 2 s or less.
LASTS_S = 6.0


@contextmanager
def strike(stack: Stack) -> Iterator[None]:
    """Freeze the broker; leaving thaws it."""
    broker = pausable(stack, "broker")
    broker.pause()
    try:
        yield
    finally:
        broker.resume()


FAULTS = (
    Fault(
        name="broker-frozen",
        sentence="The broker is frozen: connections stay open and nothing answers; then thawed.",
        strike=strike,
        lasts_s=LASTS_S,
        sign=CONNECTIONS,
        outage=True,
        unknown_bound=UnknownBound(in_flight=True, meanwhile=True),
    ),
)
