"""One worker of a part that has several dies at once: of a service, or of the gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.faults.broker_operator import await_that
from testcontainers_fixtures.faults.fault import PAIRS, Fault, UnknownBound
from testcontainers_fixtures.faults.signs.part_signs import staff
from testcontainers_fixtures.faults.targets import part_of, staffed
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Role

LASTS_S = 2.0
REPLACED_S = 10.0


@contextmanager
def strike(role: Role, stack: Stack) -> Iterator[None]:
    """Kill the worker that was started last; leaving waits until its master has replaced it."""
    part = part_of(stack, role)
    copy = staffed(stack, part)
    before = copy.workers()
    if not before:
        raise StackError(f"Expected {part} to keep worker processes; its main process has none.")
    copy.kill_worker(before[-1])
    await_that(
        lambda: before[-1] not in copy.workers(),
        timeout_s=REPLACED_S,
        what=f"worker {before[-1]} of {part} to be gone",
    )
    try:
        yield
    finally:
        await_that(
            lambda: len(copy.workers()) >= len(before),
            timeout_s=REPLACED_S,
            what=f"{part} to have {len(before)} workers again",
        )


FAULTS = (
    Fault(
        name="service-worker-sigkill",
        sentence="One of a service's two workers is ended by SIGKILL; its master starts another.",
        strike=partial(strike, "service"),
        configuration=PAIRS,
        lasts_s=LASTS_S,
        sign=staff("service"),
        outage=False,
        # What it was working on, and what was sent to it in the moment of its death.
        unknown_bound=UnknownBound(calls=PAIRS.prefetch, in_flight=True),
    ),
    Fault(
        name="gateway-worker-sigkill",
        sentence="One of the gateway's two workers is ended by SIGKILL; its master starts another.",
        strike=partial(strike, "gateway"),
        configuration=PAIRS,
        lasts_s=LASTS_S,
        sign=staff("gateway"),
        outage=False,
        unknown_bound=UnknownBound(calls=PAIRS.prefetch, in_flight=True),
    ),
)
