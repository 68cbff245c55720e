"""A target says to the service what its envelope said: each byte is encoded once, if at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from system.wire.connection import BrokerSettings
from system.wire.envelope import RpcRequest
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.wire_ends import calling, request, resolving

pytestmark = pytest.mark.timeout(60)

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Give a service's URL, and each target as it came."""
    targets: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            targets.append(head.split(b" ")[1])
            writer.write(ANSWER)

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}", targets


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        pytest.param(b"surname=%C3%A9", b"surname=%C3%A9", id="encoded by its sender"),
        pytest.param(b"surname=\xc3\xa9", b"surname=%C3%A9", id="UTF-8"),
        pytest.param(b"a=%25&b=\xe2\x82\xac", b"a=%25&b=%E2%82%AC", id="UTF-8 beside escapes"),
        pytest.param(b"surname=\xe9", b"surname=%E9", id="no UTF-8"),
        pytest.param(b"a=%C3\xff&b='\"", b"a=%C3%FF&b='\"", id="no UTF-8 beside what stays"),
    ],
)
@pytest.mark.parametrize("place", ["path", "query"])
async def test_a_byte_that_is_no_ascii_is_encoded_once(
    access: BrokerAccess, place: str, sent: bytes, arrives: bytes
) -> None:
    settings = BrokerSettings(url=access.amqp_url)
    asked = request("/clients")
    text = sent.decode("latin-1")
    changed = {"query": text} if place == "query" else {"path": f"/clients/{text}"}
    async with (
        listening() as (url, targets),
        resolving(settings, {"clients": url}),
        calling(settings) as client,
    ):
        await client.call(RpcRequest(msgspec.structs.replace(asked.head, **changed)))

    # The queue may hold a call of an earlier test, which was for the bare collection.
    own = [target for target in targets if target != b"/clients"]
    assert own == [b"/clients" + (b"?" if place == "query" else b"/") + arrives]
