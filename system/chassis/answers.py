"""Answers that are kept under the key of their request, in the service's own database.

Each one that is kept takes away up to two that have expired (a trigger), so that the table holds
about what has not expired, and no request pays for all the others.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

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
)
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


_FIND: Final = (
    "SELECT fingerprint, status, headers, body FROM idempotency_answers"
    " WHERE key = ? AND expires_s > ?"
)
_KEEP: Final = (
    "INSERT INTO idempotency_answers VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (key) DO UPDATE"
    " SET fingerprint = ?2, status = ?3, headers = ?4, body = ?5, expires_s = ?6"
)


async def kept(session: AsyncSession, key: str) -> tuple[bytes, Answer] | None:
    """Return the fingerprint and the answer kept under a key, unless they have expired."""
    for fingerprint, status, headers, body in await _run(session, _FIND, key, time.time()):
        pairs = msgspec.json.decode(headers, type=Headers)
        return fingerprint, Answer(status=status, headers=pairs, body=body)
    return None


async def keep(
    session: AsyncSession, key: str, fingerprint: bytes, answer: Answer, *, for_s: float
) -> None:
    """Keep an answer; an expired one under the same key gives way."""
    headers = msgspec.json.encode(answer.headers)
    row = (key, fingerprint, answer.status, headers, answer.body, time.time() + for_s)
    await _run(session, _KEEP, *row)


async def _run(session: AsyncSession, statement: str, *values: object) -> Iterable[Any]:
    # Straight to the driver: one change of threads, where a session takes four.
    raw = await (await session.connection()).get_raw_connection()
    driver: Any = raw.driver_connection
    rows: Iterable[Any] = await driver.execute_fetchall(statement, values)
    return rows
