"""The broker ends connections on an operator's order: all of them, or those with reply queues.

A queue that is exclusive to a connection can be deleted by that connection alone: an operator who
tries gets RESOURCE_LOCKED (405). Ending the connection takes the queue with it, which is as near as
an operator can come to deleting a caller's reply queue.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from testcontainers_fixtures.faults.broker_operator import Operator, await_that, operator_of
from testcontainers_fixtures.faults.fault import PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.signs.broker_signs import CONNECTIONS, REPLY_QUEUES
from testcontainers_fixtures.stack import Stack

# Nothing has to be undone, and the system may come back at once.
LASTS_S = 1.0
TOLD_S = 10.0
UNKNOWN = UnknownBound(calls=2 * PAIRS.prefetch, in_flight=True)


@contextmanager
def strike(chosen: Callable[[Operator], list[str]], stack: Stack) -> Iterator[None]:
    """Close the chosen connections from the broker's side; there is nothing to undo."""
    with operator_of(stack) as operator:
        await_that(lambda: _known(operator, chosen), timeout_s=TOLD_S, what="connections to close")
        doomed = chosen(operator)
        for name in doomed:
            operator.close_connection(name)
        await_that(
            lambda: not set(doomed) & set(operator.connections()),
            timeout_s=TOLD_S,
            what=f"the end of {', '.join(doomed)}",
        )
    yield


def _known(operator: Operator, chosen: Callable[[Operator], list[str]]) -> bool:
    """Tell whether there is something to close, and the broker would find each of it by its name.

    It does so only once it has told statistics of a connection, which is seconds after its start.
    """
    found = chosen(operator)
    return bool(found) and set(found) <= operator.connections_told()


FAULTS = (
    Fault(
        name="connections-closed",
        sentence="The broker closes every connection of the system on an operator's order.",
        strike=partial(strike, Operator.connections),
        lasts_s=LASTS_S,
        sign=CONNECTIONS,
        outage=True,
        unknown_bound=UNKNOWN,
    ),
    Fault(
        name="reply-queues-deleted",
        sentence="Every exclusive reply queue goes, as its owning connection is closed.",
        strike=partial(strike, Operator.owners_of_exclusive_queues),
        lasts_s=LASTS_S,
        sign=REPLY_QUEUES,
        outage=True,
        unknown_bound=UNKNOWN,
    ),
)
