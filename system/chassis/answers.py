"""Answers that are kept under the key of their request, in the service's own database.

Each one that is kept takes away up to two that have expired (a trigger), so that the table holds
about what has not expired, and no request pays for all the others.
"""

import time
from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy import (
    DDL,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    event,
    select,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncSession

Headers = list[tuple[str, str]]

METADATA: Final = MetaData()
ANSWERS: Final = Table(
    "idempotency_answers",
    METADATA,
    Column("key", String(255), primary_key=True, comment="What the client called its request"),
    Column("fingerprint", LargeBinary(32), nullable=False, comment="Of method, path, query, body"),
    Column("status", Integer, nullable=False),
    Column("headers", LargeBinary, nullable=False, comment="JSON: pairs, in order"),
    Column("body", LargeBinary, nullable=False),
    Column("expires_s", Float, nullable=False, index=True, comment="Unix time"),
)
event.listen(
    ANSWERS,
    "after_create",
    DDL(  # type: ignore[no-untyped-call] # SQLAlchemy left it so
        "CREATE TRIGGER idempotency_answers_expire AFTER INSERT ON idempotency_answers BEGIN"
        " DELETE FROM idempotency_answers WHERE key IN (SELECT key FROM idempotency_answers"
        " WHERE expires_s <= CAST(strftime('%%s') AS REAL) ORDER BY expires_s LIMIT 2); END"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole HTTP answer; header names and values are Latin-1 text."""

    status: int
    headers: Headers
    body: bytes


async def kept(session: AsyncSession, key: str) -> tuple[bytes, Answer] | None:
    """Return the fingerprint and the answer kept under a key, unless they have expired."""
    query = select(ANSWERS).where(ANSWERS.c.key == key, ANSWERS.c.expires_s > time.time())
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    headers = msgspec.json.decode(row.headers, type=Headers)
    return row.fingerprint, Answer(status=row.status, headers=headers, body=row.body)


async def keep(
    session: AsyncSession, key: str, fingerprint: bytes, answer: Answer, *, for_s: float
) -> None:
    """Keep an answer; an expired one under the same key gives way."""
    row = {
        "key": key,
        "fingerprint": fingerprint,
        "status": answer.status,
        "headers": msgspec.json.encode(answer.headers),
        "body": answer.body,
        "expires_s": time.time() + for_s,
    }
    statement = insert(ANSWERS).values(row)
    await session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=row))
