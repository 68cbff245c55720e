"""A gateway whose workers come up at different times: whoever takes a call can pass it on."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from yarl import URL

from system.wire.connection import BrokerSettings
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.lone_part import alone
from tests.integration.wire_ends import resolving

pytestmark = [pytest.mark.timeout(90), pytest.mark.alone]

# Within what one attempt to connect may take.
HELD_UP_S = 1.0
CALLS = 40


@pytest.fixture
async def hesitant(access: BrokerAccess) -> AsyncIterator[int]:
    """Give the port of a way to the broker on which all but the first connection are held up."""
    broker, come = URL(access.amqp_url), Counter[str]()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        come["connections"] += 1
        await asyncio.sleep(HELD_UP_S if come["connections"] > 1 else 0)
        onward = await asyncio.open_connection(broker.host, broker.port)
        await asyncio.gather(_pump(reader, onward[1]), _pump(onward[0], writer))

    async with await asyncio.start_server(forward, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while said := await reader.read(65_536):
        writer.write(said)
    writer.close()


async def test_no_worker_refuses_calls_while_it_connects(
    access: BrokerAccess, hesitant: int, tmp_path: Path
) -> None:
    settings = {"RMQ_HOST": "127.0.0.1", "RMQ_PORT": str(hesitant), "RMQ_PASS": access.password}
    async with resolving(BrokerSettings(url=access.amqp_url), {"clients": "http://127.0.0.1:1"}):
        reasons = await asyncio.to_thread(_reasons, tmp_path, settings)

    assert reasons.total() == CALLS
    assert "broker_down" not in reasons


def _reasons(folder: Path, settings: dict[str, str]) -> Counter[str]:
    """Call a gateway of two workers as soon as one says that it is ready; count what it answers."""
    with (
        alone(folder, "gateway", workers=2, settings=settings, ready="GET /ready") as gateway,
        ThreadPoolExecutor(CALLS) as callers,  # at once, so that no worker can take them all
    ):
        answers = callers.map(httpx.get, [f"{gateway.url}/clients"] * CALLS)
        return Counter(answer.json()["reason"] for answer in answers)
