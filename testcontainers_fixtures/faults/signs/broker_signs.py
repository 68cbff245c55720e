"""Signs that the broker gives: who is connected to it, what it holds, and what it lets pass."""

from collections.abc import Callable
from functools import partial
from typing import Final

import httpx

from testcontainers_fixtures.errors import NotApplicableError, StackError
from testcontainers_fixtures.faults.broker_operator import Operator, operator_of
from testcontainers_fixtures.faults.signs.sign import Marks, Sign
from testcontainers_fixtures.stack import Stack

ANSWER_S: Final = 1.0
AWAY: Final = "the broker does not answer"


def _connections(operator: Operator) -> Marks:
    return frozenset(f"connection {name}" for name in operator.connections())


def _reply_queues(operator: Operator) -> Marks:
    return frozenset(f"queue {name}" for name in operator.exclusive_queues())


def _consumers(operator: Operator) -> Marks:
    return frozenset(f"consumer {tag}" for tag in operator.consumer_tags(operator.work_queues))


def _alarm(operator: Operator) -> Marks:
    return frozenset({"an alarm" if operator.alarmed() else "no alarm"})


def _transient_queue(operator: Operator) -> Marks:
    return frozenset({f"declaring a transient shared queue: {operator.transient_queue()}"})


def _read(look: Callable[[Operator], Marks], stack: Stack) -> Marks:
    with operator_of(stack, answer_s=ANSWER_S) as operator:
        try:
            return look(operator)
        except httpx.HTTPError as error:
            raise StackError(
                f"Expected the broker to answer; seen: {type(error).__name__}."
            ) from None  # the URL holds a password


def _connections_or_none(stack: Stack) -> Marks:
    try:
        return _read(_connections, stack)
    except NotApplicableError:
        raise
    except StackError:
        return frozenset({AWAY})


CONNECTIONS: Final = Sign(read=_connections_or_none, every=True)
"""Each connection has ended, or the broker tells of none any more."""
REPLY_QUEUES: Final = Sign(read=partial(_read, _reply_queues), every=True)
"""Each queue that was a connection's own is gone."""
CONSUMERS: Final = Sign(read=partial(_read, _consumers), every=True)
"""Nobody consumes a work queue who did."""
ALARM: Final = Sign(read=partial(_read, _alarm))
TRANSIENT_QUEUE: Final = Sign(read=partial(_read, _transient_queue))
"""The broker takes no transient queue any more that is not exclusive."""
