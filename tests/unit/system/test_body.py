"""A body that is too large is refused before it is read whole."""

import pytest
from fastapi import FastAPI
from starlette.types import Message, Scope

from system.chassis.body import BodyLimitMiddleware

MOST = 100


class Exchange:
    """One request to a small application that reads its body, chunk by chunk."""

    def __init__(self, headers: dict[str, str], chunks: list[bytes]) -> None:
        app = FastAPI()
        app.state.most_body_bytes = MOST
        self.scope: Scope = {
            "type": "http",
            "app": app,
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        }
        self.left = list(chunks)
        self.read = b""
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if not self.left:
            return {"type": "http.disconnect"}
        chunk = self.left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(self.left)}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def application(self, _: Scope, receive: object, send: object) -> None:
        assert callable(receive)
        assert callable(send)
        more = True
        while more:
            message = await receive()
            self.read += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def run(self) -> int:
        """Return the status."""
        await BodyLimitMiddleware(self.application)(self.scope, self.receive, self.send)
        status: int = self.sent[0]["status"]
        return status


@pytest.mark.parametrize("headers", [{"content-length": "100"}, {"transfer-encoding": "chunked"}])
async def test_a_body_as_large_as_may_be_passes_as_it_is(headers: dict[str, str]) -> None:
    exchange = Exchange(headers, [b"a" * 60, b"b" * 40])

    assert await exchange.run() == 200
    assert exchange.read == b"a" * 60 + b"b" * 40


async def test_a_length_above_it_is_refused_before_a_byte_is_read() -> None:
    exchange = Exchange({"content-length": "101"}, [b"a"] * 101)

    assert await exchange.run() == 413
    assert len(exchange.left) == 101
    assert (b"connection", b"close") in exchange.sent[0]["headers"]


async def test_chunks_are_read_no_further_than_the_limit() -> None:
    exchange = Exchange({"transfer-encoding": "chunked"}, [b"a" * 30] * 1_000)

    assert await exchange.run() == 413
    assert len(exchange.left) == 996


async def test_a_client_that_breaks_off_is_not_answered() -> None:
    exchange = Exchange({"transfer-encoding": "chunked"}, [])
    await BodyLimitMiddleware(exchange.application)(exchange.scope, exchange.receive, exchange.send)

    assert exchange.sent == []
