"""The database of a service, as far as it needs no service."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import event, text

from system.chassis.service import ServiceSettings
from system.chassis.sqlite import CONNECTIONS, Database
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
