"""The shop's gateway: asks for orders over an exchange. `python gateway.py HOST PORT`."""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage
from aiohttp import web

ANSWER_S = 10.0
Handler = Callable[[web.Request], Awaitable[web.Response]]


class Calls:
    """What is asked and not yet answered, over a reply queue of this process alone."""

    def __init__(self) -> None:
        self.exchange: AbstractExchange | None = None
        self.reply_to = ""
        self.waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def connected(self, _: web.Application) -> AsyncIterator[None]:
        """Hold a connection for as long as the application runs."""
        async with await aio_pika.connect_robust(os.environ["AMQP"]) as connection:
            channel = await connection.channel()
            self.exchange = await channel.declare_exchange(
                "shop", aio_pika.ExchangeType.TOPIC, durable=True
            )
            replies = await channel.declare_queue(exclusive=True)
            await replies.consume(self.heard, no_ack=True)
            self.reply_to = replies.name
            yield

    async def heard(self, message: AbstractIncomingMessage) -> None:
        """Hand an answer to who waits for it; a late one to nobody."""
        future = self.waiting.pop(message.correlation_id or "", None)
        if future is not None and not future.done():
            future.set_result(json.loads(message.body))

    async def answer(self, key: str, call: dict[str, Any]) -> web.Response:
        """Ask, and return the answer; 504 after ANSWER_S."""
        assert self.exchange  # noqa: S101 -- held before the first request is let in
        known, future = uuid.uuid4().hex, asyncio.get_running_loop().create_future()
        self.waiting[known] = future
        message = aio_pika.Message(
            json.dumps(call).encode(), correlation_id=known, reply_to=self.reply_to
        )
        try:
            async with asyncio.timeout(ANSWER_S):
                await self.exchange.publish(message, routing_key=key)
                told = await future
        except TimeoutError:
            return web.json_response({"error": "no answer in time"}, status=504)
        finally:
            self.waiting.pop(known, None)
        return web.json_response(told["body"], status=told["status"])


def application() -> web.Application:
    """Return the gateway."""
    calls = Calls()

    async def read(request: web.Request) -> web.Response:
        return await calls.answer("order.read", {"id": int(request.match_info["id"])})

    async def place(request: web.Request) -> web.Response:
        return await calls.answer("order.place", {"item": (await request.json())["item"]})

    async def list_all(_: web.Request) -> web.Response:
        return await calls.answer("order.list", {})

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "up"})

    app = web.Application()
    app.cleanup_ctx.append(calls.connected)
    app.router.add_get("/health", health)
    app.router.add_get(r"/orders/{id:\d+}", read)
    app.router.add_get("/orders", list_all)
    app.router.add_post("/orders", place)
    return app


if __name__ == "__main__":
    web.run_app(application(), host=sys.argv[1], port=int(sys.argv[2]), access_log=None)
