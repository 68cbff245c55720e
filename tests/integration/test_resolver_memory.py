"""A resolver whose every place holds the longest call takes three times both lengths a place.

Measured on 26 November 2026 (Python 3.11, aiormq 7.2, 2 MiB asked, 8 MiB answered): 28 MiB a place
at prefetch 1 and 8, and 712 MiB in all at 32, beside the 57 MiB of a resolver that has begun.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from system.wire.connection import BrokerSettings
from system.wire.envelope import Deadline, RequestHead, RpcRequest
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.lone_part import alone
from tests.integration.wire_ends import calling, outcome, serving, until

pytestmark = pytest.mark.timeout(120)

PREFETCH = 8
MIB = 1024 * 1024
REQUEST_BYTES = 2 * MIB - 4096  # the rest of a message is its head
ANSWER_BYTES = 8 * MIB - 4096
# The answer is held as it is sent, in frames, and in the socket's buffer; some slack for the rest.
MOST_PLACE_BYTES = 3 * (REQUEST_BYTES + ANSWER_BYTES) + 2 * MIB


class Longest:
    """A service that answers as long as it may, and to nobody until `PREFETCH` calls have come."""

    def __init__(self) -> None:
        self.waiting = 0
        self.all = asyncio.Event()
        self.body = bytes(ANSWER_BYTES)

    async def answer(self, request: web.Request) -> web.Response:
        await request.read()
        self.waiting += 1
        if self.waiting == PREFETCH:
            self.all.set()
        await self.all.wait()
        return web.Response(body=self.body)


@asynccontextmanager
async def longest_service() -> AsyncIterator[str]:
    app = web.Application(client_max_size=2 * REQUEST_BYTES)
    app.add_routes([web.route("*", "/{path:.*}", Longest().answer)])
    async with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


def longest_call() -> RpcRequest:
    head = RequestHead(
        method="POST", path="/clients", headers=(), deadline=Deadline.after(20.0), request_id="r"
    )
    return RpcRequest(head, bytes(REQUEST_BYTES))


def peak_bytes(pid: int) -> int:
    """Return the most memory that a process ever had."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


async def test_every_place_full_of_the_longest_call_takes_no_more_than_is_predicted(
    access: BrokerAccess, tmp_path: Path
) -> None:
    async with longest_service() as url, calling(BrokerSettings(url=access.amqp_url)) as client:
        settings = {
            "RMQ_HOST": access.host,
            "RMQ_PORT": str(access.port),
            "RMQ_USER": access.user,
            "RMQ_PASS": access.password,
            "RESOLVER_PREFETCH": str(PREFETCH),
            "CLIENTS_URL": url,
        }
        with alone(tmp_path, "resolver", settings=settings) as resolver:
            await until(client.connection.consumers, "the resolver to consume")
            before = peak_bytes(resolver.pid)
            told = await asyncio.gather(*(outcome(client, longest_call()) for _ in range(PREFETCH)))
            grown = peak_bytes(resolver.pid) - before

    assert told == ["200"] * PREFETCH
    assert grown <= PREFETCH * MOST_PLACE_BYTES
