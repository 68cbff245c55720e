"""The broker runs out of the memory that it may use, and blocks whoever publishes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from testcontainers_fixtures.faults.broker_operator import await_that, operator_of
from testcontainers_fixtures.faults.fault import PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.signs.broker_signs import ALARM
from testcontainers_fixtures.faults.targets import steered
from testcontainers_fixtures.stack import Stack

LASTS_S = 3.0
NOTICED_S = 10.0
TOO_LITTLE_BYTES = 1_000_000
SET = "set_vm_memory_high_watermark"
LIMIT = "vm_memory_high_watermark_limit"


@contextmanager
def strike(stack: Stack) -> Iterator[None]:
    """Lower the broker's limit below what it uses; leaving puts the former one back."""
    broker = steered(stack)
    former = json.loads(broker.control("-q", "--formatter", "json", "status"))[LIMIT]
    with operator_of(stack) as operator:
        broker.control(SET, "absolute", str(TOO_LITTLE_BYTES))
        try:
            await_that(operator.alarmed, timeout_s=NOTICED_S, what="a memory alarm")
            yield
        finally:
            broker.control(SET, "absolute", str(former))
            await_that(lambda: not operator.alarmed(), timeout_s=NOTICED_S, what="the alarm to end")


FAULTS = (
    Fault(
        name="memory-alarm",
        sentence="The broker raises a memory alarm and blocks whoever publishes, until it ends.",
        strike=strike,
        lasts_s=LASTS_S,
        outlasts=True,
        sign=ALARM,
        outage=True,
        unknown_bound=UnknownBound(calls=2 * PAIRS.prefetch, in_flight=True),
    ),
)
