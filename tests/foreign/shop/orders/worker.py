"""Takes calls about orders from a queue and answers them out of PostgreSQL; it has no port.

With a Redis (`CACHE`) an order that was read is answered out of that.
"""

import asyncio
import json
import os
from asyncio.subprocess import PIPE
from typing import Any
from urllib.parse import urlsplit

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

QUEUE = "shop.orders"
STATEMENTS = {
    "order.read": "select row_to_json(o) from orders o where id = :id",
    "order.list": "select coalesce(json_agg(o order by id), '[]') from orders o",
    "order.place": "insert into orders (item) values (:'item')"
    " returning json_build_object('id', id, 'item', item)",
}
QUERY_S = 10.0
CACHE_S = 1.0
CACHE = urlsplit(os.environ.get("CACHE", ""))


async def cached(key: str, call: dict[str, Any]) -> dict[str, Any]:
    """Return what the cache knows of an order, else the answer, which it knows from then on."""
    if key != "order.read" or not CACHE.hostname:
        return await answer(key, call)
    name = f"order {call['id']}"
    if known := await redis("GET", name):
        return {"status": 200, "body": json.loads(known)}
    told = await answer(key, call)
    if told["status"] == 200:  # noqa: PLR2004 -- as HTTP has it
        await redis("SET", name, json.dumps(told["body"]), "EX", "60")
    return told


async def redis(*words: str) -> bytes:
    """Return what Redis says to a command; nothing where it does not answer, or does not know."""
    said = "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
    try:
        async with asyncio.timeout(CACHE_S):
            back, there = await asyncio.open_connection(CACHE.hostname, CACHE.port)
            there.write(f"*{len(words)}\r\n{said}".encode())
            kind = await back.readline()
            found = await back.readexactly(int(kind[1:])) if kind[:1] == b"$" else b""
            there.close()
            return found
    except (OSError, EOFError, ValueError):
        return b""


async def answer(key: str, call: dict[str, Any]) -> dict[str, Any]:
    """Return status and body; a statement is run by psql, which quotes what is put in."""
    values = (word for name, value in call.items() for word in ("-v", f"{name}={value}"))
    psql = await asyncio.create_subprocess_exec(
        *("psql", os.environ["DATABASE"], "-qAtX", "-v", "ON_ERROR_STOP=1", *values),
        stdin=PIPE,
        stdout=PIPE,
    )
    said, _ = await asyncio.wait_for(psql.communicate(STATEMENTS[key].encode()), QUERY_S)
    if psql.returncode:
        return {"status": 503, "body": {"error": "the database does not answer"}}
    if not said.strip():
        return {"status": 404, "body": {"error": "no such order"}}
    return {"status": 201 if key == "order.place" else 200, "body": json.loads(said)}


async def serve(message: AbstractIncomingMessage, back: AbstractExchange) -> None:
    """Answer one call, then acknowledge it."""
    told = await cached(message.routing_key or "", json.loads(message.body))
    reply = aio_pika.Message(json.dumps(told).encode(), correlation_id=message.correlation_id)
    await back.publish(reply, routing_key=message.reply_to or "")
    await message.ack()


async def main() -> None:
    """Consume until the end."""
    connection = await aio_pika.connect_robust(os.environ["AMQP"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=int(os.environ["PREFETCH"]))
    exchange = await channel.declare_exchange("shop", aio_pika.ExchangeType.TOPIC, durable=True)
    queue = await channel.declare_queue(QUEUE, durable=True)
    await queue.bind(exchange, "order.*")
    await queue.consume(lambda message: serve(message, channel.default_exchange))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
