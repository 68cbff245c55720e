"""The broker refuses transient queues that are not exclusive, as RabbitMQ does from 4.3 on.

RabbitMQ 4.0 has the rule as a setting that is off; 3.10 refuses to start with the line.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers_fixtures.errors import NotApplicableError
from testcontainers_fixtures.faults.broker_ended import GRACE_S, UNKNOWN
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.faults.signs.broker_signs import TRANSIENT_QUEUE
from testcontainers_fixtures.faults.targets import first_copy, steered
from testcontainers_fixtures.stack import Stack

LASTS_S = 3.0
RULE = "deprecated_features.permit.transient_nonexcl_queues = false"
FIRST_MAJOR = 4


@contextmanager
def strike(stack: Stack) -> Iterator[None]:
    """Restart the broker with the rule; leaving restarts it without."""
    version = stack.broker.version if stack.broker else "none"
    if not version.partition(".")[0].isdigit() or int(version.partition(".")[0]) < FIRST_MAJOR:
        raise NotApplicableError(f"RabbitMQ {version} does not know the rule; 4.0 and newer do.")
    _restart_with(stack, RULE)
    try:
        yield
    finally:
        _restart_with(stack, "")


def _restart_with(stack: Stack, lines: str) -> None:
    broker = steered(stack)
    first_copy(stack, "broker").stop(grace_s=GRACE_S)
    broker.configure(lines)
    stack.revive("broker")


FAULTS = (
    Fault(
        name="transient-queues-forbidden",
        sentence="The broker is restarted with RabbitMQ 4.3's rule: no transient shared queues.",
        strike=strike,
        engines=frozenset({"containers"}),
        why_not="Debian 12's RabbitMQ 3.10 refuses to start with the line; 4.0 knows it",
        lasts_s=LASTS_S,
        sign=TRANSIENT_QUEUE,
        outage=True,
        unknown_bound=UNKNOWN,
    ),
)
