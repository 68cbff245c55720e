"""Answers that are kept under the key of their request, in the service's own database.

Each one that is kept takes away up to two that have expired, so that the table holds about what has
not expired, and no request pays for all the others.

A wall clock that is set forward must not make them expire, or their requests would be run again.
So what counts is the time at which the machine was booted, as the wall clock had it when the boot
first opened the database, and how long ago that is by a clock that nobody sets. Only from one boot
to the next does the wall clock decide.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    event,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from system.boot import BOOT

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
BOOTS: Final = Table(
    "idempotency_boots",
    METADATA,
    Column("boot", String(64), primary_key=True),
    Column("booted_s", Float, nullable=False, comment="Unix time, as it was first told"),
)


@event.listens_for(METADATA, "after_create")
def _begin(_: MetaData, connection: Connection, **__: object) -> None:
    # Databases of before have a trigger that goes by the wall clock.
    connection.execute(text("DROP TRIGGER IF EXISTS idempotency_answers_expire"))
    connection.execute(
        text("INSERT INTO idempotency_boots VALUES (:boot, :booted_s) ON CONFLICT DO NOTHING"),
        {"boot": BOOT, "booted_s": time.time() - time.monotonic()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """A whole HTTP answer; header names and values are Latin-1 text."""

    status: int
    headers: Headers
    body: bytes


# A moment on the monotonic clock of a boot (?2, ?1) is a Unix time by when that was booted.
_FIND: Final = (
    "SELECT fingerprint, status, headers, body FROM idempotency_answers WHERE key = ?3"
    " AND expires_s > (SELECT booted_s + ?2 FROM idempotency_boots WHERE boot = ?1)"
)
_KEEP: Final = (
    "INSERT INTO idempotency_answers VALUES (?3, ?4, ?5, ?6, ?7,"
    " (SELECT booted_s + ?2 FROM idempotency_boots WHERE boot = ?1))"
    " ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,"
    " headers = excluded.headers, body = excluded.body, expires_s = excluded.expires_s"
)
_FORGET: Final = (
    "DELETE FROM idempotency_answers WHERE key IN (SELECT key FROM idempotency_answers WHERE"
    " expires_s <= (SELECT booted_s + ?2 FROM idempotency_boots WHERE boot = ?1)"
    " ORDER BY expires_s LIMIT 2)"
)


async def kept(session: AsyncSession, key: str) -> tuple[bytes, KeptAnswer] | None:
    """Return the fingerprint and the answer kept under a key, unless they have expired."""
    now_s = time.monotonic()
    for fingerprint, status, headers, body in await _run(session, _FIND, now_s, key):
        pairs = msgspec.json.decode(headers, type=Headers)
        return fingerprint, KeptAnswer(status=status, headers=pairs, body=body)
    return None


async def keep(
    session: AsyncSession, key: str, fingerprint: bytes, answer: KeptAnswer, *, for_s: float
) -> None:
    """Keep an answer; an expired one under the same key gives way."""
    now_s = time.monotonic()
    headers = msgspec.json.encode(answer.headers)
    row = (key, fingerprint, answer.status, headers, answer.body)
    await _run(session, _KEEP, now_s + for_s, *row)
    await _run(session, _FORGET, now_s)


async def _run(
    session: AsyncSession, statement: str, moment_s: float, *values: object
) -> Iterable[Any]:
    # Straight to the driver: one change of threads, where a session takes four.
    raw = await (await session.connection()).get_raw_connection()
    driver: Any = raw.driver_connection
    rows: Iterable[Any] = await driver.execute_fetchall(statement, (BOOT, moment_s, *values))
    return rows
