"""The database of a service, as far as it needs no service."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from system.chassis.service import ServiceSettings
from system.chassis.sqlite import CONNECTIONS, Database
from system.chassis.statement_connection import StatementConnection
from system.settings import SettingsError, load_settings
from system.srv_clients.database import CONFIG as CLIENTS
from system.srv_goods.database import CONFIG as GOODS
from system.srv_goods.database import GoodsSettings

READS_AT_A_TIME = 16
# SQLite's own numbers for what PRAGMA synchronous says.
NORMAL, FULL = 1, 2


async def test_reads_of_a_burst_wait_for_a_connection_and_open_none_of_their_own(
    tmp_path: Path,
) -> None:
    database, opened = Database(tmp_path / "rows.sqlite3"), []
    event.listen(database.engine.sync_engine, "connect", lambda *_: opened.append(1))

    async def read() -> int:
        async with database.reading() as session:
            return int((await session.execute(text("SELECT 7"))).scalar_one())

    answers = [
        answer
        for _ in range(3)
        for answer in await asyncio.gather(*(read() for _ in range(READS_AT_A_TIME)))
    ]
    await database.close()

    assert answers == [7] * 3 * READS_AT_A_TIME
    assert len(opened) <= CONNECTIONS


@pytest.fixture
async def handed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Database, list[str]]]:
    """Give a database with one row, and what its connections' threads were told to do since."""
    database, told = Database(tmp_path / "rows.sqlite3"), list[str]()
    async with database.writing() as session:
        await session.execute(text("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT UNIQUE)"))
        await session.execute(text("INSERT INTO words (word) VALUES ('tea')"))
    hand_over = StatementConnection._execute  # noqa: SLF001 -- each change of threads

    async def noted(
        self: StatementConnection, step: Callable[..., object], *given: object
    ) -> object:
        told.append(step.__name__.strip("_"))
        return await hand_over(self, step, *given)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(StatementConnection, "_execute", noted)
    yield database, told
    await database.close()


async def test_a_read_changes_threads_once(handed_over: tuple[Database, list[str]]) -> None:
    database, told = handed_over

    async with database.reading() as session:
        rows = (await session.execute(text("SELECT id, word FROM words"))).mappings().all()

    assert [dict(row) for row in rows] == [{"id": 1, "word": "tea"}]
    assert told == ["execute"]


async def test_a_write_changes_threads_to_begin_to_write_and_to_commit(
    handed_over: tuple[Database, list[str]],
) -> None:
    database, told = handed_over

    async with database.writing() as session:
        made = await session.execute(
            text("INSERT INTO words (word) VALUES ('milk') RETURNING id, word")
        )

    assert made.all() == [(2, "milk")]
    assert told == ["executescript", "execute", "commit"]


async def test_what_fails_is_rolled_back_and_the_next_write_comes_through(
    handed_over: tuple[Database, list[str]],
) -> None:
    database, told = handed_over

    with pytest.raises(IntegrityError, match="UNIQUE constraint failed"):
        await put(database, "oat", "tea")
    async with database.writing() as session:
        counts = [
            await changed(session, "UPDATE words SET word = :word", [{"word": "oat"}]),
            await changed(
                session,
                "INSERT INTO words (word) VALUES (:word)",
                [{"word": "rye"}, {"word": "rice"}],
            ),
        ]

    assert "rollback" in told
    assert counts == [1, 2]


async def put(database: Database, *words: str) -> None:
    """Write words, one after the other, as one transaction."""
    async with database.writing() as session:
        for word in words:
            await changed(session, "INSERT INTO words (word) VALUES (:word)", [{"word": word}])


async def changed(session: AsyncSession, statement: str, values: list[dict[str, str]]) -> int:
    """Return how many rows a statement changed; several sets of values are one executemany."""
    found = await session.execute(text(statement), values if len(values) > 1 else values[0])
    return int(found.rowcount)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("config", "model", "variable"),
    [
        pytest.param(CLIENTS, ServiceSettings, "CLIENTS_SYNCHRONOUS", id="clients"),
        pytest.param(GOODS, GoodsSettings, "GOODS_SYNCHRONOUS", id="goods"),
    ],
)
@pytest.mark.parametrize(("said", "level"), [(None, FULL), ("FULL", FULL), ("NORMAL", NORMAL)])
async def test_a_service_says_whether_a_commit_is_on_the_disk_and_by_default_it_is(  # noqa: PLR0913, PLR0917 -- a row's columns
    tmp_path: Path,
    config: Path,
    model: type[ServiceSettings],
    variable: str,
    said: str | None,
    level: int,
) -> None:
    place = f"{variable.partition('_')[0]}_DATABASE"
    environment = {place: str(tmp_path / "rows.sqlite3")} | ({variable: said} if said else {})
    database = load_settings(config, model, environment).made_database()
    async with database.reading() as one, database.transaction() as other:
        levels = [
            (await session.execute(text("PRAGMA synchronous"))).scalar_one()
            for session in (one, other)
        ]
    await database.close()

    assert levels == [level, level]


@pytest.mark.parametrize("said", ["OFF", "", "2", "NORMAL; PRAGMA foreign_keys = OFF"])
def test_no_commit_is_less_sure_than_normal(said: str) -> None:
    with pytest.raises(SettingsError, match="key database_synchronous"):
        load_settings(CLIENTS, ServiceSettings, {"CLIENTS_SYNCHRONOUS": said})
