"""Each fault, struck on one stack: it shows, inside it is broken, and after it all serves again."""

import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import httpx
import pytest

from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.faults.aim import faults_of
from testcontainers_fixtures.faults.catalogue import named
from testcontainers_fixtures.faults.fault import PAIRS, Fault
from testcontainers_fixtures.faults.signs.sign import Evidence
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file

STACK_FILE = Path(__file__).parents[2] / "system" / "stack.toml"
ENGINE = "processes"
BROKEN_WITHIN_S = 8.0
SERVES_WITHIN_S = 10.0
STAYS_BROKEN_S = 0.5
DEADLINE_S = 0.8
# A worker that is still connecting anew answers as one that was struck does; another does not.
IN_A_ROW = 12
# A heartbeat of 2 s or less shows a dead link after two of them have failed to come.
NOTICED_WITHIN_S = 5.0
AT_ONCE_S = 0.2
# One number of resolvers after the other: each change of it takes a while.
HERE = sorted(
    (fault for fault in faults_of(read_stack_file(STACK_FILE)) if ENGINE in fault.engines),
    key=lambda fault: -fault.configuration.resolvers,
)
OUTAGES = [fault for fault in HERE if fault.outage and fault.lasts_s >= 2.0]
BLACK_HOLE = named("link-gateway-broker-black-holed")
# In whichever manner a service misbehaves, the same is done to the stack: one that answers, one
# that does not and one that takes for ever tell it; test_bad_service.py tries every manner. The
# black hole has a test of its own, and the e2e suite restarts the broker on either engine.
ALIKE = [
    f"service-answers-{m}" for m in ("500-html", "500-empty", "truncated", "reset", "redirect")
]
SELDOM = [BLACK_HOLE.name, "broker-restarted", *ALIKE]
CASES = [
    pytest.param(fault, marks=[pytest.mark.long] if fault.name in SELDOM else [], id=fault.name)
    for fault in HERE
]


class Called(NamedTuple):
    """What became of one call."""

    status: int
    reason: str
    took_s: float
    at_s: float

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    spec = read_stack_file(STACK_FILE)
    folder = tmp_path_factory.mktemp("faults")
    with start_stack(
        spec, run_folder=folder, engine=ENGINE, configuration=PAIRS, twins=False, links=True
    ) as running:
        yield running


def _call(stack: Stack) -> Called:
    """Write once to the first service through the gateway, on a connection of its own."""
    seed = stack.spec.seed[0]
    method, path = (seed.request or "").split(" ", 1)
    sent_s = time.monotonic()
    status, reason = 0, ""
    try:
        answer = httpx.request(
            method,
            stack.gateway + path,
            json=seed.body,
            headers={"X-Request-Timeout-Ms": f"{DEADLINE_S * 1000:.0f}"},
            timeout=5.0,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        reason = type(error).__name__
    else:
        status, reason = answer.status_code, _reason(answer)
    return Called(status, reason, time.monotonic() - sent_s, sent_s)


def _reason(answer: httpx.Response) -> str:
    kind = answer.headers.get("content-type", "")
    said: dict[str, Any] = answer.json() if kind.startswith("application/problem") else {}
    return str(said.get("reason", ""))


def _calls(stack: Stack, lasting_s: float) -> list[Called]:
    """Write one after the other for a while."""
    until_s = time.monotonic() + lasting_s
    found = []
    while time.monotonic() < until_s:
        found.append(_call(stack))
        time.sleep(0.02)
    return found


def _require_serving(stack: Stack) -> None:
    until_s = time.monotonic() + SERVES_WITHIN_S
    row: list[Called] = []
    while len(row) < IN_A_ROW:
        assert time.monotonic() < until_s, f"no {IN_A_ROW} good writes in a row; last: {row}"
        called = _call(stack)
        row = [*row, called] if called.good else []


def _require_broken(stack: Stack) -> None:
    """Return once no write succeeds, and for a while none has."""
    until_s = time.monotonic() + BROKEN_WITHIN_S
    while any(one.good for one in _calls(stack, STAYS_BROKEN_S)):
        assert time.monotonic() < until_s, "writes still succeed"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", CASES)
def test_a_fault_shows_when_it_strikes_and_not_before_and_the_stack_serves_after_it(
    stack: Stack, fault: Fault
) -> None:
    stack.scale(fault.configuration)
    _require_serving(stack)
    evidence = Evidence(stack, fault.sign)
    with pytest.raises(StackError, match="still as before"):
        evidence.shown(timeout_s=0.0)

    with fault.strike(stack):
        assert evidence.shown()
        if fault in OUTAGES:
            _require_broken(stack)

    _require_serving(stack)


@pytest.mark.timeout(120)
def test_calls_over_a_black_hole_end_by_their_deadline_until_a_heartbeat_shows_it(
    stack: Stack,
) -> None:
    stack.scale(PAIRS)
    _require_serving(stack)
    evidence = Evidence(stack, BLACK_HOLE.sign)

    with BLACK_HOLE.strike(stack):
        struck_s = time.monotonic()
        calls = _calls(stack, NOTICED_WITHIN_S + 1.0)
        assert evidence.shown()

    told = [(key, len(list(some))) for key, some in groupby(calls, lambda c: (c.status, c.reason))]
    silent = [one for one in calls if one.status == 504]
    late = [one for one in calls if one.at_s - struck_s > NOTICED_WITHIN_S]
    assert calls[0].status == 504, told  # nobody can know yet
    assert all(abs(one.took_s - DEADLINE_S) < 0.15 for one in silent), silent
    assert all(one.took_s < DEADLINE_S + 0.15 for one in calls), calls
    assert late, told
    assert {(one.status, one.reason) for one in late} == {(503, "broker_down")}, told
    # The most of them: one may meet a moment in which the machine has others to serve.
    assert median(one.took_s for one in late) < AT_ONCE_S, late
    _require_serving(stack)
