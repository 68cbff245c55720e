"""A SQLite database under SQLAlchemy's async ORM, safe for several worker processes.

Write-ahead log, foreign keys on, a busy timeout. What writes begins with BEGIN IMMEDIATE, so that
it waits for its turn at the start instead of failing in the middle. What reads begins nothing: one
statement is a snapshot already, and each step saved is a change of threads saved
(`statement_connection`): a client read by its id takes 1 of them instead of 9, and a write 3.

A commit survives the death of every process; with synchronous=FULL a power cut as well, because the
log is on the disk before anybody is told: one fdatasync a commit. With NORMAL there is none but at
a checkpoint, and a power cut may take the last commits. FULL is the default, since what is
acknowledged must not be lost. What it costs is the disk's. POST /clients, one process, 40 paired
rounds of 1 s on two shared cores and a virtual disk whose fdatasync takes 0.05 ms (p99 3 ms):

                    NORMAL                  FULL                    rate, median pair
    1 in flight     530/s, p50 1.70 ms      478/s, p50 1.83 ms      0.88
    16 in flight    465/s, p50 31.1 ms      421/s, p50 33.9 ms      0.90

What writes waits for its turn in this process, where turns are in order, and then for the other
processes: until the request's deadline, at the longest. Late is late also with the lock in hand.
"""

import asyncio
import fcntl
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, MetaData, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import PoolResetState
from sqlalchemy.util import await_only

from system.chassis import deadline, kept_answers
from system.chassis.deadline import TooLateError
from system.chassis.keys_in_use import KeysInUse
from system.chassis.statement_connection import connecting

# Each is a thread. Those beyond them would be opened for one call and closed after it: of 48 reads,
# 16 at a time, 34 did so, each with a thread, a connection and four pragmas of its own.
CONNECTIONS = 4
BUSY_TIMEOUT_S = 5.0
WAITS_MS = "waits_ms"
ANSWERS_KEPT_S = 24 * 60 * 60.0

Synchronous = Literal["NORMAL", "FULL"]
_Writer = Callable[["Database"], AbstractAsyncContextManager[AsyncSession]]
# Who begins and ends what the present request writes; nobody in particular: `transaction`.
WRITER: ContextVar[_Writer | None] = ContextVar("writer", default=None)


class StoreBusyError(Exception):
    """The write lock was not to be had in time; nothing was written."""

    def __init__(self) -> None:
        super().__init__("Others kept the store busy all the time; nothing was written.")


class Database:
    """One database file. Make it after the fork: its connections are threads of this process.

    `answers_kept_s` is how long the answer to a request with an Idempotency-Key is kept.
    """

    def __init__(
        self,
        path: Path,
        *,
        answers_kept_s: float = ANSWERS_KEPT_S,
        synchronous: Synchronous = "FULL",
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.answers_kept_s = answers_kept_s
        self.claims = KeysInUse(path.with_suffix(".claims"))
        self._turn = asyncio.Lock()
        self.engine = create_async_engine(
            f"sqlite+aiosqlite:///{path}",
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_reset_on_return=None,
            connect_args={"async_creator_fn": connecting},
        )
        configure = partial(_configure, synchronous)
        event.listen(self.engine.sync_engine, "connect", configure)
        event.listen(self.engine.sync_engine, "begin", _begin)
        event.listen(self.engine.sync_engine, "reset", _reset)

    async def create(self, metadata: MetaData) -> None:
        """Create what tables are missing; workers that start together take turns."""
        with self.path.with_suffix(".lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            waiting = self.engine.execution_options(**{WAITS_MS: round(BUSY_TIMEOUT_S * 1000)})
            async with waiting.begin() as connection:
                await connection.run_sync(metadata.create_all)
                await connection.run_sync(kept_answers.METADATA.create_all)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Give a session to read with; each statement sees a snapshot of its own."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    def writing(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Give a session that holds the write lock; it commits at the end, or rolls back.

        Where the present request's key has an answer already, that is raised instead (KeptError).
        """
        return (WRITER.get() or Database.transaction)(self)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Give a session that holds the write lock, and commit at the end, or roll back.

        Raise TooLateError where the deadline passes before it is held, StoreBusyError where a
        request without a deadline waited BUSY_TIMEOUT_S in vain.
        """
        async with (
            self._in_turn(),
            AsyncSession(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            waits = {WAITS_MS: round(_patience_s() * 1000)}
            try:
                await session.connection(execution_options=waits)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # its extended codes too
                    raise
                raise _in_vain() from error
            deadline.refuse_if_late()
            yield session

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_patience_s()):
                await self._turn.acquire()
        except TimeoutError as error:
            raise _in_vain() from error
        try:
            yield
        finally:
            self._turn.release()

    async def answers(self) -> bool:
        """Tell whether the database answers a query."""
        async with self.engine.connect() as connection:
            return bool((await connection.execute(text("SELECT 1"))).scalar_one())

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        self.claims.close()


def _configure(synchronous: Synchronous, connection: DBAPIConnection, _: object) -> None:
    # The driver must not begin transactions of its own: `_begin` does, and says which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {round(BUSY_TIMEOUT_S * 1000)}",
        "journal_mode = WAL",
        f"synchronous = {synchronous}",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    if WAITS_MS in options:
        # Both in one change of threads.
        script = f"PRAGMA busy_timeout = {options[WAITS_MS]}; BEGIN IMMEDIATE"
        driver: Any = connection.connection.driver_connection
        await_only(driver.executescript(script))


def _patience_s() -> float:
    left_s = deadline.left_s()
    return BUSY_TIMEOUT_S if left_s is None else max(0.0, left_s)


def _in_vain() -> TooLateError | StoreBusyError:
    return StoreBusyError() if deadline.left_s() is None else TooLateError()


def _reset(connection: DBAPIConnection, _: object, state: PoolResetState) -> None:
    # The pool would roll back every connection that comes back, also where nothing was begun.
    if not state.terminate_only and connection.driver_connection.in_transaction:
        connection.rollback()
