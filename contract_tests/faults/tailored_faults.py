"""Three faults made to measure: each shows one weakness of a system, and nothing else."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from testcontainers_fixtures.engines.engine import Pausable
from testcontainers_fixtures.faults.broker_operator import operator_of
from testcontainers_fixtures.faults.fault import ALONE, PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.signs.part_signs import answering, answers
from testcontainers_fixtures.faults.signs.sign import Marks, Sign
from testcontainers_fixtures.faults.targets import killable, part_of, pausable
from testcontainers_fixtures.stack import Stack

PILED_UP_S: Final = 0.7
HELD_S: Final = 2.5


@contextmanager
def killed_while_it_waits(stack: Stack) -> Iterator[None]:
    """Kill a resolver whose calls have reached a service that has not begun them."""
    frozen, resolver = pausable(stack, part_of(stack, "service")), part_of(stack, "resolver")
    frozen.pause()
    try:
        time.sleep(PILED_UP_S)
        killable(stack, resolver).kill()
        time.sleep(PILED_UP_S / 2)  # the broker gives them to the other one meanwhile
    finally:
        frozen.resume()
    try:
        yield
    finally:
        stack.revive(resolver)


@contextmanager
def held(stack: Stack) -> Iterator[None]:
    """Freeze a service for longer than any deadline."""
    frozen = pausable(stack, part_of(stack, "service"))
    frozen.pause()
    try:
        yield
    finally:
        frozen.resume()


@contextmanager
def full(stack: Stack) -> Iterator[None]:
    """Fill the work queues: nobody takes from one, and a policy lets each hold one message."""
    with ExitStack() as undone:
        operator = undone.enter_context(operator_of(stack))
        for resolver in stack.copies(part_of(stack, "resolver")):
            if isinstance(resolver, Pausable):
                resolver.pause()
                undone.callback(resolver.resume)
        undone.enter_context(operator.limited(operator.work_queues, most=1))
        yield


def _fullness(stack: Stack) -> Marks:
    """Return what both halves of `full` change: the policy, and whether resolvers answer."""
    with operator_of(stack) as operator:
        policy = ", ".join(operator.policies()) or "none"
    return answers("resolver", stack) | {f"policy: {policy}"}


KILLED_WHILE_IT_WAITS: Final = Fault(
    name="resolver-killed-while-a-service-stands",
    sentence="A service is frozen, a resolver with calls in it is killed, the service goes on.",
    strike=killed_while_it_waits,
    role="resolver",
    configuration=PAIRS,
    lasts_s=1.0,
    sign=answering("resolver"),
    outage=False,
    unknown_bound=UnknownBound(calls=PAIRS.prefetch, in_flight=True),
)
HELD: Final = Fault(
    name="service-frozen-past-every-deadline",
    sentence="A service is frozen for longer than any deadline.",
    strike=held,
    configuration=PAIRS,
    lasts_s=HELD_S,
    outlasts=True,
    sign=answering("service"),
    outage=True,
    unknown_bound=UnknownBound(in_flight=True, meanwhile=True),
)
FULL: Final = Fault(
    name="work-queue-full",
    sentence="The work queue is full: its resolver is frozen, and a policy lets it hold one call.",
    strike=full,
    role="resolver",
    configuration=ALONE,
    lasts_s=HELD_S,
    outlasts=True,
    sign=Sign(read=_fullness, every=True),
    outage=True,
    # What the resolver holds, and the one that waits.
    unknown_bound=UnknownBound(calls=ALONE.prefetch + 1, in_flight=True),
)
STRIKES: Final = (KILLED_WHILE_IT_WAITS, HELD, FULL)
