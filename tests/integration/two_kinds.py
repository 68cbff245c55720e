"""A gateway over AMQP, and two kinds of worker that each take one call at a time from their queue.

`python two_kinds.py gateway HOST PORT` and `python two_kinds.py worker QUEUE HELD_MS`; AMQP names
the broker. GET /orders asks the worker of that queue, GET /articles the other; a call is kept for
the time given, in which nothing is computed.
"""

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from aiohttp import web

ANSWER_S = 8.0


class Caller:
    """Puts calls into queues and waits for their replies."""

    def __init__(self) -> None:
        self.waiting: dict[str, asyncio.Future[bytes]] = {}

    async def connected(self, _: web.Application) -> AsyncIterator[None]:
        async with await aio_pika.connect_robust(os.environ["AMQP"]) as connection:
            self.channel = await connection.channel(publisher_confirms=False)
            self.replies = await self.channel.declare_queue(exclusive=True)
            await self.replies.consume(self.heard, no_ack=True)
            yield

    async def heard(self, message: AbstractIncomingMessage) -> None:
        future = self.waiting.pop(message.correlation_id or "", None)
        if future is not None and not future.done():
            future.set_result(message.body)

    async def ask(self, queue: str) -> bytes:
        known = uuid.uuid4().hex
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.waiting[known] = future
        message = aio_pika.Message(b"", correlation_id=known, reply_to=self.replies.name)
        try:
            await self.channel.default_exchange.publish(message, routing_key=queue)
            async with asyncio.timeout(ANSWER_S):
                return await future
        finally:
            self.waiting.pop(known, None)


def gateway() -> web.Application:
    """Return the gateway, which asks the queue of a path's name."""
    caller, made = Caller(), web.Application()

    async def asked(request: web.Request) -> web.Response:
        return web.Response(body=await caller.ask(request.path.strip("/")))

    async def ready(_: web.Request) -> web.Response:
        return web.Response()

    made.cleanup_ctx.append(caller.connected)
    made.router.add_get("/orders", asked)
    made.router.add_get("/articles", asked)
    made.router.add_get("/ready", ready)
    return made


async def work(name: str, held_s: float) -> None:
    """Answer what comes, one call after the other."""
    async with await aio_pika.connect_robust(os.environ["AMQP"]) as connection:
        channel = await connection.channel(publisher_confirms=False)
        await channel.set_qos(prefetch_count=1)
        queue = await channel.declare_queue(name, durable=True)

        async def taken(message: AbstractIncomingMessage) -> None:
            await asyncio.sleep(held_s)
            reply = aio_pika.Message(b"{}", correlation_id=message.correlation_id)
            await channel.default_exchange.publish(reply, routing_key=message.reply_to or "")
            await message.ack()

        await queue.consume(taken)
        await asyncio.Event().wait()


if __name__ == "__main__":
    role, *rest = sys.argv[1:]
    if role == "gateway":
        web.run_app(gateway(), host=rest[0], port=int(rest[1]), print=None, access_log=None)
    else:
        asyncio.run(work(rest[0], float(rest[1]) / 1_000))
