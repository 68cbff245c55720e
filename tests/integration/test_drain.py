"""A resolver that is asked to end serves what it has taken, and leaves the rest untouched."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from system.wire.connection import BrokerSettings
from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.engines.free_ports import Ports
from tests.integration.wire_ends import (
    Broker,
    Service,
    calling,
    counting_service,
    outcome,
    request,
    until,
)

pytestmark = pytest.mark.timeout(120)

CALLS = 600
AT_A_TIME = 48
# `drain_grace_s` of the resolver, and what its end takes beyond that.
GRACE_S = 10.0


@asynccontextmanager
async def resolver(
    access: BrokerAccess, service: Service, *, prefetch: int = 8
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Give a resolver in a process of its own; it is ended at once afterwards."""
    environment = os.environ | {
        "RMQ_HOST": access.host,
        "RMQ_PORT": str(access.port),
        "RMQ_PASS": access.password,
        "CLIENTS_URL": service.url,
        "RESOLVER_PORT": str(Ports().pick()),
        "RESOLVER_PREFETCH": str(prefetch),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "system.rpc", env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
def operator(access: BrokerAccess) -> Iterator[Broker]:
    opened = Broker(access)
    yield opened
    opened.http.close()


async def test_of_two_one_ends_under_load_and_every_call_is_run_once_and_answered(
    access: BrokerAccess, operator: Broker
) -> None:
    settings = BrokerSettings(url=access.amqp_url)
    async with (
        counting_service() as service,
        resolver(access, service) as first,
        resolver(access, service),
        calling(settings) as client,
    ):
        service.wait_s = 0.02
        await until(lambda: operator.consumers() == 2, "both resolvers", within_s=20)
        free = asyncio.Semaphore(AT_A_TIME)

        async def create(number: int) -> str:
            async with free:
                return await outcome(client, request(f"/clients/{number}", "POST"))

        calls = [asyncio.create_task(create(number)) for number in range(CALLS)]
        await until(lambda: len(service.begun) > CALLS / 4, "a quarter to have begun")
        first.send_signal(signal.SIGTERM)
        async with asyncio.timeout(GRACE_S):
            code = await first.wait()
        open_still = sum(not call.done() for call in calls)
        found = await asyncio.gather(*calls)

    assert code == 0
    assert open_still > 0, "it was to end under load"
    assert set(found) == {"201"}
    assert set(service.begun.values()) == {1}
    assert len(service.begun) == CALLS


async def test_what_the_last_one_has_not_taken_waits_for_the_next(
    access: BrokerAccess, operator: Broker
) -> None:
    async with (
        counting_service() as service,
        calling(BrokerSettings(url=access.amqp_url)) as client,
    ):
        service.wait_s = 0.5
        async with resolver(access, service, prefetch=2) as only:
            await until(lambda: operator.consumers() == 1, "the resolver", within_s=20)
            calls = [
                asyncio.create_task(
                    outcome(client, request(f"/clients/{number}", "POST", within_s=20))
                )
                for number in range(8)
            ]
            await until(lambda: len(service.begun) == 2, "two to have begun")
            only.send_signal(signal.SIGTERM)
            async with asyncio.timeout(GRACE_S):
                assert await only.wait() == 0
            before = len(service.begun)
        async with resolver(access, service, prefetch=8):
            found = await asyncio.gather(*calls)

    assert before < 8, "some were to be left"
    assert set(found) == {"201"}
    assert set(service.begun.values()) == {1}


async def test_one_that_is_killed_between_running_and_answering_causes_no_second_run(
    access: BrokerAccess, operator: Broker
) -> None:
    settings = BrokerSettings(url=access.amqp_url)
    async with (
        counting_service() as service,
        resolver(access, service, prefetch=4) as first,
        resolver(access, service, prefetch=4),
        calling(settings) as client,
    ):
        service.wait_s = 0.5
        await until(lambda: operator.consumers() == 2, "both resolvers", within_s=20)
        writes = [
            asyncio.create_task(outcome(client, request(f"/clients/{number}", "POST")))
            for number in range(4)
        ]
        reads = [
            asyncio.create_task(outcome(client, request(f"/clients/r{number}")))
            for number in range(4)
        ]
        await until(lambda: len(service.begun) == 8, "all to have begun")
        first.kill()
        found, read = await asyncio.gather(*writes), await asyncio.gather(*reads)

    assert sorted(set(found)) == ["201", "outcome_unknown"]
    assert found.count("outcome_unknown") <= 4
    assert {service.begun[f"/clients/{number}"] for number in range(4)} == {1}
    assert set(read) == {"200"}
