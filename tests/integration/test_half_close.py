"""A client that ends its half of a connection is answered; one that goes for good is noticed."""

import asyncio
import json
import socket
import sqlite3
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from system.wire.connection import BrokerSettings
from testcontainers_fixtures.engines.child import Child
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.lone_part import alone
from tests.integration.raw_http import STILL_OPEN, connected, heard, status
from tests.integration.wire_ends import Service, counting_service, resolving, until

pytestmark = pytest.mark.timeout(120)

ROW = b'{"surname":"a","name":"b","country":"c"}'
# Longer than the gateway waits before it looks whether its client is still there.
SLOW_S = 0.6


def post(path: bytes = b"/clients", *, version: bytes = b"1.1") -> bytes:
    """Return a request with a body."""
    head = b"POST %b HTTP/%b\r\nHost: part\r\nContent-Type: application/json\r\n" % (path, version)
    return head + b"Content-Length: %d\r\n\r\n%b" % (len(ROW), ROW)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return where the service keeps its rows."""
    return tmp_path / "clients.sqlite3"


@pytest.fixture
def service(tmp_path: Path, database: Path) -> Iterator[Child]:
    """Give a service."""
    settings = {"CLIENTS_DATABASE": str(database)}
    with alone(tmp_path, "srv_clients", workers=1, settings=settings) as running:
        yield running


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
@pytest.mark.parametrize("held_s", [0.0, SLOW_S], ids=["at once", "slowly"])
def test_a_service_answers_what_it_wrote_and_closes(
    service: Child, database: Path, held_s: float, version: bytes
) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as rival:
        rival.execute("BEGIN IMMEDIATE")
        with connected(service.url) as connection:
            connection.sendall(post(version=version))
            connection.shutdown(socket.SHUT_WR)
            time.sleep(held_s)
            rival.execute("COMMIT")
            answer = heard(connection)
        [[rows]] = rival.execute("SELECT count(*) FROM clients")

    assert answer.startswith(b"HTTP/1.1 201 Created\r\n"), answer
    assert b"connection: close" in answer.lower()
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["id"] == 1
    assert STILL_OPEN not in answer
    assert rows == 1


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(b"", 0, id="nothing"),
        pytest.param(b"GET /health HTTP/1.1\r\nHost: p\r\n", 400, id="half a head"),
        pytest.param(post()[:-1], 400, id="half a body"),
    ],
)
def test_what_was_not_asked_whole_is_not_waited_for(
    service: Child, sent: bytes, expected: int
) -> None:
    begun_s = time.monotonic()
    with connected(service.url) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = heard(connection)

    assert status(answer) == expected
    assert time.monotonic() - begun_s < 1


def test_requests_one_behind_the_other_are_all_answered(service: Child) -> None:
    with connected(service.url) as connection:
        connection.sendall(post() * 3)
        connection.shutdown(socket.SHUT_WR)
        answer = heard(connection)

    assert answer.count(b"HTTP/1.1 201") == 3
    assert STILL_OPEN not in answer


@pytest.fixture
async def behind() -> AsyncIterator[Service]:
    """Give a service that counts what it was sent."""
    async with counting_service() as service:
        yield service


@pytest.fixture
async def gateway(
    access: BrokerAccess, behind: Service, tmp_path: Path
) -> AsyncIterator[tuple[str, int]]:
    """Give a gateway before a resolver that runs one call at a time."""
    settings = {
        "RMQ_HOST": access.host,
        "RMQ_PORT": str(access.port),
        "RMQ_USER": access.user,
        "RMQ_PASS": access.password,
        "RMQ_VHOST": access.vhost,
    }
    broker = BrokerSettings(url=access.amqp_url)
    async with resolving(broker, {"clients": behind.url}, prefetch=1):
        # A part is waited for without a loop, on which the resolver lives.
        part = alone(tmp_path, "gateway", workers=1, settings=settings)
        running = await asyncio.to_thread(part.__enter__)
        try:
            yield running.url, urlsplit(running.url).port or 0
        finally:
            await asyncio.to_thread(part.__exit__, None, None, None)


Gone = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def closed(writer: asyncio.StreamWriter) -> None:
    """Go by closing the connection."""
    writer.close()


async def ended_then_closed(writer: asyncio.StreamWriter) -> None:
    """Go after having ended one's own half."""
    writer.write_eof()
    await asyncio.sleep(0.5)
    writer.close()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Go by a reset."""
    own = writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def test_a_gateway_answers_a_client_that_has_ended_its_half(
    gateway: tuple[str, int], behind: Service
) -> None:
    behind.wait_s = 2 * SLOW_S
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway[1])
    writer.write(post())
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()

    assert answer.startswith(b"HTTP/1.1 201 Created\r\n"), answer
    assert b"connection: close" in answer.lower()
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"path": "/clients"}
    assert behind.begun["/clients"] == 1


@pytest.mark.parametrize("goes", [closed, ended_then_closed, reset])
async def test_a_call_whose_client_has_gone_is_not_begun_any_more(
    gateway: tuple[str, int], behind: Service, goes: Gone
) -> None:
    behind.gate.clear()
    async with httpx.AsyncClient(base_url=gateway[0], timeout=10) as client:
        first = asyncio.create_task(client.get("/clients/1"))
        await until(lambda: behind.begun["/clients/1"], "the first call to begin")
        _, writer = await asyncio.open_connection("127.0.0.1", gateway[1])
        writer.write(post())
        await asyncio.sleep(0.2)  # the call is on the queue, and its client is looked for
        await goes(writer)
        await asyncio.sleep(0.6)
        behind.gate.set()
        await first
        after = await client.get("/clients/2")

    assert after.status_code == 200
    assert behind.begun["/clients"] == 0
