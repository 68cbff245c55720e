"""A service as nameko has them: a queue of its own on a topic exchange, methods by routing key.

`python service.py NAME`, where NAME is products or orders. A call is {"args": [...], "kwargs": {}},
its answer {"result": ..., "error": null}; it is acknowledged once it has been answered.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

EXCHANGE = "nameko-rpc"
REDIS_WITHIN_S = 5.0
Method = Callable[..., Awaitable[object]]


class Redis:
    """As much of Redis as this needs (RESP2), on a connection made anew after it broke."""

    def __init__(self, host: str, port: int) -> None:
        self._where = (host, port)
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()

    async def do(self, *words: str) -> str | int | None:
        """Return what a command is answered with; raise OSError where nobody answers."""
        async with self._turn:
            try:
                async with asyncio.timeout(REDIS_WITHIN_S):
                    return await self._asked(words)
            except (OSError, EOFError, TimeoutError) as error:
                self._ends = None
                raise ConnectionError(str(error)) from error

    async def _asked(self, words: tuple[str, ...]) -> str | int | None:
        if self._ends is None:
            self._ends = await asyncio.open_connection(*self._where)
        reader, writer = self._ends
        parts = (f"${len(word.encode())}\r\n{word}\r\n" for word in words)
        writer.write(f"*{len(words)}\r\n{''.join(parts)}".encode())
        line = (await reader.readuntil(b"\r\n")).decode().rstrip()
        kind, rest = line[0], line[1:]
        if kind == "-":
            raise ConnectionError(rest)
        if kind == ":":
            return int(rest)
        if kind != "$":
            return rest
        if int(rest) < 0:
            return None
        return (await reader.readexactly(int(rest) + 2))[:-2].decode()


REDIS = Redis(os.environ["REDIS_HOST"], int(os.environ["REDIS_PORT"]))


def methods(kind: str) -> dict[str, Method]:
    """Return what a service of that name can be asked."""

    async def get(number: int) -> object:
        text = await REDIS.do("GET", f"{kind}:{number}")
        return None if text is None else json.loads(str(text))

    async def create(row: dict[str, Any]) -> object:
        number = await REDIS.do("INCR", f"{kind}:last")
        made = {**row, "id": number}
        await REDIS.do("SET", f"{kind}:{number}", json.dumps(made))
        return made

    async def list_from(offset: int, limit: int) -> object:
        last = int(await REDIS.do("GET", f"{kind}:last") or 0)
        numbers = range(last, 0, -1)[offset : offset + limit]
        rows = [await get(number) for number in numbers]
        return {"rows": [row for row in rows if row], "total": last}

    return {"get": get, "create": create, "list": list_from}


async def answered(known: dict[str, Method], message: AbstractIncomingMessage) -> dict[str, Any]:
    """Return the reply to a call; what goes wrong is named in it."""
    name = (message.routing_key or "").rpartition(".")[2]
    try:
        call = json.loads(message.body)
        return {"result": await known[name](*call["args"], **call["kwargs"]), "error": None}
    except (LookupError, TypeError, ValueError, OSError) as error:
        return {"result": None, "error": {"exc_type": type(error).__name__, "value": str(error)}}


async def serve(
    known: dict[str, Method], message: AbstractIncomingMessage, exchange: AbstractExchange
) -> None:
    """Answer one call, then acknowledge it."""
    reply = aio_pika.Message(
        json.dumps(await answered(known, message)).encode(), correlation_id=message.correlation_id
    )
    await exchange.publish(reply, routing_key=message.reply_to or "", mandatory=False)
    await message.ack()


async def main(name: str) -> None:
    """Consume until the end."""
    known = methods(name)
    connection = await aio_pika.connect_robust(os.environ["AMQP_URI"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=int(os.environ["PREFETCH"]))
    exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
    queue = await channel.declare_queue(f"rpc-{name}", durable=True)
    await queue.bind(exchange, f"{name}.*")
    await queue.consume(lambda message: serve(known, message, exchange))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
