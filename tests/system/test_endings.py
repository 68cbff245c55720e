"""Callers that go away, a gateway that ends under load: nothing is done twice, or for nobody."""

import asyncio
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from testcontainers_fixtures.engines.child import Child
from testcontainers_fixtures.engines.engine import Pausable
from testcontainers_fixtures.part_readiness import wait_until
from testcontainers_fixtures.stack import CopyCounts, Stack
from tests.integration.callers import CALLERS, ENDS_WITHIN_S, Callers, ended

pytestmark = pytest.mark.timeout(180)

PAGE = 1_000
# The proxy of a container's published port ends its half, as a client may that waits for its
# answer: some bytes must first meet no reader.
NOTICED_S = {"processes": 0.2, "containers": 1.0}


def surnames(stack: Stack) -> Counter[str]:
    """Return how many rows the service has of each surname."""
    found: Counter[str] = Counter()
    with httpx.Client(base_url=stack.services["srv_clients"], timeout=10) as service:
        for offset in range(0, 100 * PAGE, PAGE):
            page = service.get("/clients", params={"limit": PAGE, "offset": offset}).json()
            found.update(row["surname"] for row in page)
            if len(page) < PAGE:
                break
    return found


def test_a_call_whose_client_went_away_is_not_begun(stack: Stack) -> None:
    def create(surname: str, within_s: float = 10.0) -> httpx.Response:
        body = {"surname": surname, "name": "n", "country": "c"}
        return httpx.post(f"{stack.gateway}/clients", json=body, timeout=within_s)

    stack.scale(CopyCounts(prefetch=1))
    [service] = stack.copies("srv_clients")
    assert isinstance(service, Pausable)
    service.pause()
    try:
        with ThreadPoolExecutor() as others:
            first = others.submit(create, "First")  # holds the resolver, which takes one at a time
            time.sleep(0.3)
            with pytest.raises(httpx.ReadTimeout):
                create("Gone", within_s=0.5)
            time.sleep(NOTICED_S[stack.engine])  # the gateway notices, and withdraws the call
            service.resume()
            answers = [first.result(), create("Last")]
    finally:
        service.resume()
        found = surnames(stack)
        stack.scale(CopyCounts())

    assert [answer.status_code for answer in answers] == [201, 201]
    assert (found["First"], found["Last"], found["Gone"]) == (1, 1, 0)


async def test_a_gateway_ends_under_load_without_an_error_or_a_row_too_many(stack: Stack) -> None:
    await asyncio.to_thread(stack.reset, seeded=False)
    [gateway] = stack.copies("gateway")
    if not isinstance(gateway, Child):
        pytest.skip("A container is asked to end in the same way, but waits until it has.")
    callers = Callers(stack.gateway)
    try:
        await ended(gateway, callers)
        await asyncio.to_thread(
            wait_until, lambda: not gateway.alive(), timeout_s=ENDS_WITHIN_S, what="its end"
        )
        rows = await asyncio.to_thread(surnames, stack)
        log = gateway.log_tail(50)
    finally:
        await asyncio.to_thread(stack.restart, "gateway")

    assert not callers.broken, (callers.outcomes, callers.broken[:5])
    assert callers.outcomes["refused"] == CALLERS
    assert set(callers.outcomes) == {"201", "refused"}
    assert rows == Counter(callers.created)
    assert "Traceback" not in log, log
