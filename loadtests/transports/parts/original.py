"""The published design: a connection, a channel and a reply queue for every call.

The gateway half follows the RPC client of RabbitMQ's tutorial in its asyncio form, which the
design calls anew for each request. Nobody waits for a confirm and nothing ends a wait, so a call
whose resolver is gone hangs; a time-out here would flatter it. The resolver half keeps one HTTP
session for all calls, which is to its advantage.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from msgspec import json

from loadtests.transports.parts.exchange import (
    GatewayRequest,
    ServiceResponse,
    broker_url,
    packed,
    prefetch,
    session,
)
from loadtests.transports.parts.forwarding import forwarded
from loadtests.transports.parts.gateway import Ask, build

QUEUE = "resolve"


async def ask(asked: GatewayRequest) -> ServiceResponse:
    """Ask over a connection of this call's own."""
    connection = await aio_pika.connect(broker_url())
    async with connection:
        channel = await connection.channel(publisher_confirms=False)
        replies = await channel.declare_queue(exclusive=True)
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        correlation_id = uuid4().hex

        async def take(message: AbstractIncomingMessage) -> None:
            if message.correlation_id == correlation_id:
                answered.set_result(message.body)

        await replies.consume(take, no_ack=True)
        message = aio_pika.Message(
            packed(asked), correlation_id=correlation_id, reply_to=replies.name
        )
        await channel.default_exchange.publish(message, routing_key=QUEUE)
        return json.decode(await answered, type=ServiceResponse)


@asynccontextmanager
async def opened() -> AsyncIterator[Ask]:
    """Give what asks; nothing is held between calls."""
    yield ask


async def resolve() -> None:
    """Take calls from the queue, ask the service, answer."""
    connection = await aio_pika.connect_robust(broker_url())
    async with connection, session() as http:
        channel = await connection.channel(publisher_confirms=False)
        await channel.set_qos(prefetch_count=prefetch())
        queue = await channel.declare_queue(QUEUE)

        async def serve(message: AbstractIncomingMessage) -> None:
            async with message.process(requeue=False):
                told = await forwarded(http, json.decode(message.body, type=GatewayRequest))
                reply = aio_pika.Message(packed(told), correlation_id=message.correlation_id)
                await channel.default_exchange.publish(reply, routing_key=message.reply_to or "")

        await queue.consume(serve)
        await asyncio.Future()


app = build(opened)
