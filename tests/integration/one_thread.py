"""A store that computes in one thread, and a worker that asks it for each call from its queue.

`python one_thread.py store HOST PORT BURNT_MS` and `python one_thread.py worker QUEUE`; AMQP names
the broker, STORE the store. `two_kinds.py` has the gateway.
"""

import asyncio
import os
import sys
import time

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from aiohttp import ClientSession, web


def store(burnt_s: float) -> web.Application:
    """Return what takes so much CPU time for each request, one after the other."""
    made = web.Application()

    async def asked(_: web.Request) -> web.Response:
        ends_s = time.thread_time() + burnt_s
        while time.thread_time() < ends_s:
            pass
        return web.Response()

    async def ready(_: web.Request) -> web.Response:
        return web.Response()

    made.router.add_get("/rows", asked)
    made.router.add_get("/ready", ready)
    return made


async def work(name: str) -> None:
    """Answer what comes, as many at a time as come, once the store has answered."""
    async with (
        await aio_pika.connect_robust(os.environ["AMQP"]) as connection,
        ClientSession() as http,
    ):
        channel = await connection.channel(publisher_confirms=False)
        await channel.set_qos(prefetch_count=32)
        queue = await channel.declare_queue(name, durable=True)

        async def taken(message: AbstractIncomingMessage) -> None:
            async with http.get(f"{os.environ['STORE']}/rows") as answer:
                await answer.read()
            reply = aio_pika.Message(b"{}", correlation_id=message.correlation_id)
            await channel.default_exchange.publish(reply, routing_key=message.reply_to or "")
            await message.ack()

        await queue.consume(taken)
        await asyncio.Event().wait()


if __name__ == "__main__":
    role, *rest = sys.argv[1:]
    if role == "store":
        made = store(float(rest[2]) / 1_000)
        web.run_app(made, host=rest[0], port=int(rest[1]), print=None, access_log=None)
    else:
        asyncio.run(work(rest[0]))
