"""A connection to SQLite that changes threads once a statement.

aiosqlite does each step of a statement in the connection's thread: making a cursor, executing,
fetching, closing. SQLAlchemy takes all of them, and each is a hand-over there and back. Here a
statement is one step of that thread, from the cursor to its last row; what SQLAlchemy asks of the
cursor before and after it is answered from what came of it.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Self, cast

import aiosqlite
from msgspec import Struct

Parameters = Sequence[Any] | dict[str, Any]


class Outcome(Struct, frozen=True):
    """What came of a statement: its columns as DB-API 2.0 describes them, its rows and counts."""

    description: tuple[tuple[Any, ...], ...] | None = None
    rows: Sequence[tuple[Any, ...]] = ()
    rowcount: int = -1
    lastrowid: int | None = None


class StatementCursor:
    """A cursor as SQLAlchemy's asyncio adapter uses one: execute, then fetch all, then close."""

    def __init__(self, connection: "StatementConnection") -> None:
        self._connection = connection
        self._outcome = Outcome()
        self.arraysize = 1

    def __repr__(self) -> str:
        """Show how much is held."""
        return f"<StatementCursor {len(self._outcome.rows)} rows>"

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> tuple[tuple[Any, ...], ...] | None:
        """Return the columns of what was selected; None where nothing was."""
        return self._outcome.description

    @property
    def rowcount(self) -> int:
        """Return how many rows were changed; -1 where that says nothing."""
        return self._outcome.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Return the row id of the last row that was inserted."""
        return self._outcome.lastrowid

    async def execute(self, operation: str, parameters: Parameters = ()) -> None:
        """Run a statement and hold all that it answers; raise sqlite3.Error as SQLite does."""
        self._outcome = await self._connection.run(_execute, operation, parameters)

    async def executemany(self, operation: str, parameters: Iterable[Parameters]) -> None:
        """Run a statement once for each of several sets of parameters."""
        self._outcome = await self._connection.run(_execute_many, operation, parameters)

    async def fetchall(self) -> Sequence[tuple[Any, ...]]:
        """Return all rows."""
        return self._outcome.rows

    async def close(self) -> None:
        """Do nothing: the thread's own cursor is closed already."""


class StatementConnection(aiosqlite.Connection):
    """aiosqlite's connection, whose cursors run a statement in one step of its thread."""

    def cursor(self) -> StatementCursor:  # type: ignore[override]
        """Return a cursor, as far as SQLAlchemy uses one; there is nothing to wait for."""
        return StatementCursor(self)

    async def rollback(self) -> None:
        """Roll back what was begun; what read began nothing, and has no way to go for it."""
        if self.in_transaction:
            await super().rollback()

    async def run(self, step: Any, *arguments: object) -> Outcome:  # noqa: ANN401 -- a function of the connection
        """Return what a step says that is done with SQLite's own connection, in its thread."""
        # aiosqlite's own way into its thread has no other name, and no types.
        done = self._execute(step, self._conn, *arguments)  # type: ignore[no-untyped-call]
        return cast("Outcome", await done)


def _execute(connection: sqlite3.Connection, operation: str, parameters: Parameters) -> Outcome:
    return _outcome(connection.execute(operation, parameters))


def _execute_many(
    connection: sqlite3.Connection, operation: str, parameters: Iterable[Parameters]
) -> Outcome:
    return _outcome(connection.executemany(operation, parameters))


def _outcome(cursor: sqlite3.Cursor) -> Outcome:
    # Fetched first: what a RETURNING changed is counted once its rows are read.
    rows = cursor.fetchall() if cursor.description else ()
    outcome = Outcome(cursor.description, rows, cursor.rowcount, cursor.lastrowid)
    cursor.close()
    return outcome


def connecting(path: str, **options: Any) -> StatementConnection:  # noqa: ANN401 -- as sqlite3.connect takes them
    """Return a connection that opens when it is awaited, in a thread that ends with the process."""
    connection = StatementConnection(lambda: sqlite3.connect(path, **options), 64)
    connection._thread.daemon = True  # noqa: SLF001 -- as SQLAlchemy does with its own
    return connection
