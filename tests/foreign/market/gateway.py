"""The market's gateway: HTTP outside, calls in nameko's form inside. `python gateway.py HOST PORT`.

No document says what it answers. Lists come in an envelope, the newest row first.
"""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage
from aiohttp import web

EXCHANGE = "nameko-rpc"
ANSWER_S = 2.0
KINDS = ("products", "orders")


class RpcProxy:
    """Calls that wait for their reply, which comes over the same exchange to a queue of ours."""

    def __init__(self) -> None:
        self.exchange: AbstractExchange | None = None
        self.reply_to = f"reply-{uuid.uuid4().hex}"
        self.waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def connected(self, _: web.Application) -> AsyncIterator[None]:
        """Hold a connection for as long as the application runs."""
        async with await aio_pika.connect_robust(os.environ["AMQP_URI"]) as connection:
            channel = await connection.channel()
            self.exchange = await channel.declare_exchange(
                EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True
            )
            replies = await channel.declare_queue(f"rpc.{self.reply_to}", auto_delete=True)
            await replies.bind(self.exchange, self.reply_to)
            await replies.consume(self.heard, no_ack=True)
            yield

    async def heard(self, message: AbstractIncomingMessage) -> None:
        """Hand a reply to who waits for it; a late one to nobody."""
        future = self.waiting.pop(message.correlation_id or "", None)
        if future is not None and not future.done():
            future.set_result(json.loads(message.body))

    async def call(self, method: str, *args: object) -> Any:  # noqa: ANN401 -- any JSON
        """Return what a method answers; raise what becomes 502, 503 or 504."""
        known, future = uuid.uuid4().hex, asyncio.get_running_loop().create_future()
        self.waiting[known] = future
        message = aio_pika.Message(
            json.dumps({"args": args, "kwargs": {}}).encode(),
            correlation_id=known,
            reply_to=self.reply_to,
        )
        try:
            async with asyncio.timeout(ANSWER_S):
                assert self.exchange  # noqa: S101 -- held before the first request is let in
                await self.exchange.publish(message, routing_key=method)
                reply = await future
        except TimeoutError:
            raise web.HTTPGatewayTimeout(text="no reply in time") from None
        except aio_pika.exceptions.AMQPException as error:
            raise web.HTTPServiceUnavailable(text=str(error)) from error
        finally:
            self.waiting.pop(known, None)
        if reply["error"]:
            raise web.HTTPBadGateway(text=str(reply["error"]))
        return reply["result"]


def application() -> web.Application:
    """Return the gateway."""
    rpc = RpcProxy()

    async def listed(request: web.Request) -> web.Response:
        offset, limit = (
            int(request.query.get(name, n)) for name, n in (("offset", 0), ("limit", 50))
        )
        return web.json_response(
            await rpc.call(f"{request.match_info['kind']}.list", offset, limit)
        )

    async def read(request: web.Request) -> web.Response:
        kind, number = request.match_info["kind"], int(request.match_info["id"])
        row = await rpc.call(f"{kind}.get", number)
        return web.json_response(row, status=200 if row else 404)

    async def create(request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        return web.json_response(await rpc.call(f"{kind}.create", await request.json()))

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "up"})

    app = web.Application()
    app.cleanup_ctx.append(rpc.connected)
    kind = f"{{kind:{'|'.join(KINDS)}}}"
    app.router.add_get("/health", health)
    app.router.add_get(f"/{kind}", listed)
    app.router.add_get(rf"/{kind}/{{id:\d+}}", read)
    app.router.add_post(f"/{kind}", create)
    return app


if __name__ == "__main__":
    web.run_app(application(), host=sys.argv[1], port=int(sys.argv[2]), access_log=None)
