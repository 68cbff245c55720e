"""Each fault, struck on one stack: inside it is broken, and after it the stack serves again."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from testcontainers_fixtures.faults.catalogue import catalogue
from testcontainers_fixtures.faults.fault import PAIRS, Fault
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file

STACK_FILE = Path(__file__).parents[2] / "system" / "stack.toml"
ENGINE = "processes"
BROKEN_WITHIN_S = 8.0
SERVES_WITHIN_S = 10.0
DEADLINE_MS = "800"
HERE = [fault for fault in catalogue() if ENGINE in fault.engines]
OUTAGES = [fault for fault in HERE if fault.outage and fault.lasts_s >= 2.0]
OTHERS = [fault for fault in HERE if fault not in OUTAGES]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    spec = read_stack_file(STACK_FILE)
    folder = tmp_path_factory.mktemp("faults")
    with start_stack(
        spec, run_folder=folder, engine=ENGINE, configuration=PAIRS, twins=False, links=True
    ) as running:
        yield running


def _call(stack: Stack, *, write: bool) -> int:
    """Return the status of one call of the first service's through the gateway; 0 for none."""
    seed = stack.spec.seed[0]
    part = stack.spec.parts[seed.service]
    method, path = (seed.request if write else str(part.probe)).split(" ", 1)
    try:
        answer = httpx.request(
            method,
            stack.gateway + path,
            json=seed.body if write else None,
            headers={"X-Request-Timeout-Ms": DEADLINE_MS},
            timeout=5.0,
            trust_env=False,
        )
    except httpx.HTTPError:
        return 0
    return answer.status_code


def _came_about(stack: Stack, *, good: bool, timeout_s: float) -> bool:
    until_s = time.monotonic() + timeout_s
    while time.monotonic() < until_s:
        if (200 <= _call(stack, write=True) < 300) is good:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", OUTAGES, ids=str)
def test_a_write_fails_while_the_fault_lasts_and_succeeds_after_it(
    stack: Stack, fault: Fault
) -> None:
    stack.scale(fault.configuration)
    assert _came_about(stack, good=True, timeout_s=SERVES_WITHIN_S)

    with fault.strike(stack):
        assert _came_about(stack, good=False, timeout_s=BROKEN_WITHIN_S)

    assert _came_about(stack, good=True, timeout_s=SERVES_WITHIN_S)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", OTHERS, ids=str)
def test_the_stack_serves_after_a_fault_that_need_not_stop_it(stack: Stack, fault: Fault) -> None:
    stack.scale(fault.configuration)
    assert _came_about(stack, good=True, timeout_s=SERVES_WITHIN_S)

    with fault.strike(stack):
        pass

    assert _came_about(stack, good=True, timeout_s=SERVES_WITHIN_S)
