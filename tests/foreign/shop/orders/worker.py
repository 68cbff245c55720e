"""Takes calls about one kind of row from a queue, and answers them out of PostgreSQL.

`python worker.py order` or `python worker.py article`: it has no port. With a Redis (`CACHE`) a row
that was read is answered out of that.
"""

# ruff: noqa: S608 -- a table is one of two

import asyncio
import json
import os
import sys
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import asyncpg  # type: ignore[import-not-found]
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

START_S = 10.0
QUERY_S = 0.8
CACHE_S = 1.0
CACHE = urlsplit(os.environ.get("CACHE", ""))
Answer = tuple[int, object]
GONE: Answer = (404, {"detail": "there is no such row"})
DOWN: Answer = (503, {"detail": "the database does not answer"})


class Rows:
    """The rows of one kind; each is a JSON object with an id."""

    def __init__(self, kind: str, pool: asyncpg.Pool) -> None:
        self.table, self.pool = f"{kind}s", pool

    async def list(self, offset: int, limit: int) -> Answer:
        """Return a page, and how many there are."""
        rows = await self.pool.fetch(
            f"select id, body from {self.table} order by made offset $1 limit $2", offset, limit
        )
        total = await self.pool.fetchval(f"select count(*) from {self.table}")
        return 200, {"items": [shown(row) for row in rows], "total": total}

    async def create(self, id: str, row: dict[str, Any]) -> Answer:  # noqa: A002
        """Put a row in, once however often it is told to."""
        found = await self.pool.fetchrow(
            f"insert into {self.table} (id, body) values ($1, $2)"
            " on conflict (id) do update set id = excluded.id returning id, body",
            id,
            json.dumps(row),
        )
        return 200 if self.table == "articles" else 201, shown(found)

    async def read(self, id: str) -> Answer:  # noqa: A002
        """Return a row, out of the cache if it is there."""
        if known := await redis("GET", f"{self.table} {id}"):
            return 200, json.loads(known)
        found = await self.pool.fetchrow(f"select id, body from {self.table} where id = $1", id)
        if found is None:
            return GONE
        await redis("SET", f"{self.table} {id}", json.dumps(shown(found)), "EX", "60")
        return 200, shown(found)

    async def delete(self, id: str) -> Answer:  # noqa: A002
        """Take a row out."""
        done = await self.pool.execute(f"delete from {self.table} where id = $1", id)
        await redis("DEL", f"{self.table} {id}")
        return (204, None) if done == "DELETE 1" else GONE


def shown(row: asyncpg.Record) -> dict[str, Any]:
    """Return a row as it is answered."""
    return {"id": str(row["id"]), **json.loads(row["body"])}


async def redis(*words: str) -> bytes:
    """Return what Redis says to a command; nothing where it does not answer, or does not know."""
    if not CACHE.hostname:
        return b""
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


async def answer(rows: Rows, message: AbstractIncomingMessage) -> Answer:
    """Return status and body; a database that is away is no reason to end."""
    method = getattr(rows, (message.routing_key or "").rpartition(".")[2])
    try:
        async with asyncio.timeout(QUERY_S):
            status, body = await method(**json.loads(message.body))
            return status, body
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return DOWN


async def serve(rows: Rows, message: AbstractIncomingMessage, back: AbstractExchange) -> None:
    """Answer one call, then acknowledge it."""
    status, body = await answer(rows, message)
    reply = aio_pika.Message(
        json.dumps({"status": status, "body": body}).encode(),
        correlation_id=message.correlation_id,
    )
    await back.publish(reply, routing_key=message.reply_to or "")
    await message.ack()


async def main(kind: str) -> None:
    """Consume until the end."""
    pool = await asyncpg.create_pool(
        os.environ["DATABASE"], min_size=1, max_size=4, timeout=START_S
    )
    connection = await aio_pika.connect_robust(os.environ["AMQP"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=int(os.environ["PREFETCH"]))
    exchange = await channel.declare_exchange("shop", aio_pika.ExchangeType.TOPIC, durable=True)
    queue = await channel.declare_queue(f"shop.{kind}s", durable=True)
    await queue.bind(exchange, f"{kind}.*")
    rows = Rows(kind, pool)
    await queue.consume(lambda message: serve(rows, message, channel.default_exchange))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
