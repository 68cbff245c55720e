"""aio-pika's own `patterns.RPC` on one shared connection, as its documentation shows it.

It pickles both ways, so whoever may publish runs code in the resolver. A call's `expiration` drops
it from the queue when nobody has taken it; what has been taken has no deadline.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
from aio_pika.patterns import RPC
from msgspec import convert

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

METHOD = "resolve"


@asynccontextmanager
async def opened() -> AsyncIterator[Ask]:
    """Give what asks over a connection that all calls share."""
    connection = await aio_pika.connect_robust(broker_url())
    async with connection:
        rpc = await RPC.create(await connection.channel())

        async def ask(asked: GatewayRequest) -> ServiceResponse:
            return convert(
                await rpc.call(METHOD, {"asked": plain(asked)}, expiration=5), ServiceResponse
            )

        yield ask


async def resolve() -> None:
    """Register the one method and serve it."""
    connection = await aio_pika.connect_robust(broker_url())
    async with connection, session() as http:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=prefetch())
        rpc = await RPC.create(channel)

        async def serve(*, asked: dict[str, Any]) -> dict[str, Any]:
            return plain(await forwarded(http, convert(asked, GatewayRequest)))

        await rpc.register(METHOD, serve, auto_delete=True)
        await asyncio.Future()


app = build(opened)
