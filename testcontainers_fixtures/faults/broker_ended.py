"""The broker goes away and comes back with its data: in order, at once, or as fast as it can."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from testcontainers_fixtures.faults.fault import PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.signs.broker_signs import CONNECTIONS
from testcontainers_fixtures.faults.targets import first_copy, killable
from testcontainers_fixtures.stack import Stack

AWAY_S = 3.0
# RabbitMQ takes about 6 s to shut down in order.
GRACE_S = 20.0
# Every call that is on its way, and what two resolvers hold besides.
UNKNOWN = UnknownBound(calls=2 * PAIRS.prefetch, in_flight=True)


@contextmanager
def strike(ending: Callable[[Stack], None], stack: Stack) -> Iterator[None]:
    """End the broker; leaving starts it again, with its port and its data, and waits for it."""
    ending(stack)
    try:
        yield
    finally:
        stack.revive("broker")


def stopped(stack: Stack) -> None:
    """Shut it down in order (SIGTERM)."""
    first_copy(stack, "broker").stop(grace_s=GRACE_S)


def killed(stack: Stack) -> None:
    """End it at once (SIGKILL)."""
    killable(stack, "broker").kill()


def restarted(stack: Stack) -> None:
    """Shut it down in order and start it again at once: it is up when this returns."""
    stopped(stack)
    stack.revive("broker")


FAULTS = (
    Fault(
        name="broker-stopped",
        sentence="The broker is shut down in order, stays away, and is started again.",
        strike=partial(strike, stopped),
        lasts_s=AWAY_S,
        sign=CONNECTIONS,
        outage=True,
        unknown_bound=UNKNOWN,
    ),
    Fault(
        name="broker-sigkill",
        sentence="The broker is ended by SIGKILL, stays away, and is started again.",
        strike=partial(strike, killed),
        lasts_s=AWAY_S,
        sign=CONNECTIONS,
        outage=True,
        unknown_bound=UNKNOWN,
    ),
    Fault(
        name="broker-restarted",
        sentence="The broker is shut down in order and started again at once.",
        strike=partial(strike, restarted),
        lasts_s=0.0,
        sign=CONNECTIONS,
        outage=True,
        unknown_bound=UNKNOWN,
    ),
)
