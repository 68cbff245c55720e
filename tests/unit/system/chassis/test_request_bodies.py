"""A body that is too large is refused before it is read whole."""

import asyncio

import pytest
from fastapi import FastAPI
from starlette.types import Message, Scope

from system.chassis.body_budget import BodyBudget
from system.chassis.request_bodies import BodyLimitMiddleware

MOST = 100
STALLED = b"never comes"


class Exchange:
    """One request to a small application that reads its body, chunk by chunk."""

    def __init__(
        self, headers: dict[str, str], chunks: list[bytes], budget: BodyBudget | None = None
    ) -> None:
        app = FastAPI()
        app.state.most_body_bytes = MOST
        if budget:
            app.state.held_bodies = budget
        self.held_bytes: list[int] = []
        self.budget = budget
        self.scope: Scope = {
            "type": "http",
            "app": app,
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        }
        self.left = list(chunks)
        self.read = b""
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if self.left == [STALLED]:
            await asyncio.Event().wait()
        if not self.left:
            return {"type": "http.disconnect"}
        chunk = self.left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(self.left)}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def application(self, _: Scope, receive: object, send: object) -> None:
        assert callable(receive)
        assert callable(send)
        if self.budget:
            self.held_bytes.append(self.budget.held_bytes)
        more = True
        while more:
            message = await receive()
            self.read += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def run(self) -> int:
        """Return the status."""
        guard = BodyLimitMiddleware(self.application, within_s=0.05)
        await guard(self.scope, self.receive, self.send)
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


@pytest.mark.parametrize("headers", [{"content-length": "60"}, {"transfer-encoding": "chunked"}])
async def test_a_body_counts_until_its_request_is_answered(headers: dict[str, str]) -> None:
    budget = BodyBudget(100)
    exchange = Exchange(headers, [b"a" * 30, b"b" * 30], budget)

    assert await exchange.run() == 200
    assert exchange.held_bytes == [60]
    assert budget.held_bytes == 0


async def test_what_has_no_room_beside_the_others_is_refused_as_it_comes() -> None:
    budget = BodyBudget(100)
    with budget.held() as others:
        others.grow(50)
        exchange = Exchange({"content-length": "80"}, [b"a" * 40] * 2, budget)

        assert await exchange.run() == 503
        assert budget.held_bytes == 50
    headers = exchange.sent[0]["headers"]

    assert (b"retry-after", b"1") in headers
    assert (b"connection", b"close") in headers
    assert b'"reason":"overload"' in exchange.sent[1]["body"]
    assert exchange.held_bytes == []  # the application was not run


async def test_what_is_only_announced_takes_no_room() -> None:
    budget = BodyBudget(100)
    first = Exchange({"content-length": "90"}, [b"a", STALLED], budget)
    running = asyncio.create_task(first.run())
    await asyncio.sleep(0)

    assert await Exchange({"content-length": "90"}, [b"b" * 90], budget).run() == 200
    assert await running == 408
    assert budget.held_bytes == 0


async def test_a_body_that_is_not_all_there_in_time_is_given_up() -> None:
    exchange = Exchange({"content-length": "50"}, [b"a" * 40, STALLED])

    assert await exchange.run() == 408
    assert (b"connection", b"close") in exchange.sent[0]["headers"]
