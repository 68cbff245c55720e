"""An operator deletes the work queues, with all that waits in them."""

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers_fixtures.faults.broker_operator import operator_of
from testcontainers_fixtures.faults.fault import PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.signs.broker_signs import CONSUMERS
from testcontainers_fixtures.stack import Stack

LASTS_S = 1.0


@contextmanager
def strike(stack: Stack) -> Iterator[None]:
    """Delete them; whoever consumes one must make it anew, so there is nothing to undo."""
    with operator_of(stack) as operator:
        for queue in operator.work_queues:
            operator.delete_queue(queue)
    yield


FAULTS = (
    Fault(
        name="work-queue-deleted",
        sentence="An operator deletes the work queue with all that waits in it.",
        strike=strike,
        lasts_s=LASTS_S,
        sign=CONSUMERS,
        outage=True,
        unknown_bound=UnknownBound(calls=2 * PAIRS.prefetch, in_flight=True),
    ),
)
