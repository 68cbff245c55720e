"""FastStream's `broker.request()`, as its documentation shows RPC over RabbitMQ.

One request at a time waits for its reply on a producer (it holds a lock), so the rate does not grow
with the calls in flight.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from faststream import FastStream
from faststream.rabbit import Channel, RabbitBroker
from msgspec import convert, json

from loadtests.transports.parts.exchange import (
    GatewayRequest,
    ServiceResponse,
    broker_url,
    plain,
    prefetch,
    session,
)
from loadtests.transports.parts.forwarding import forwarded
from loadtests.transports.parts.gateway import Ask, build

QUEUE = "resolve"
TIMEOUT_S = 5.0


@asynccontextmanager
async def opened() -> AsyncIterator[Ask]:
    """Give what asks over one broker."""
    async with RabbitBroker(broker_url(), logger=None) as broker:

        async def ask(asked: GatewayRequest) -> ServiceResponse:
            reply = await broker.request(plain(asked), queue=QUEUE, timeout=TIMEOUT_S)
            return json.decode(reply.body, type=ServiceResponse)

        yield ask


async def resolve() -> None:
    """Subscribe to the queue and answer what comes."""
    channel = Channel(prefetch_count=prefetch())
    broker = RabbitBroker(broker_url(), logger=None, default_channel=channel)
    async with session() as http:

        @broker.subscriber(QUEUE)
        async def serve(asked: dict[str, Any]) -> dict[str, Any]:
            return plain(await forwarded(http, convert(asked, GatewayRequest)))

        await FastStream(broker).run()


app = build(opened)
