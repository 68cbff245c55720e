"""The database of a service, as far as it needs no service."""

import asyncio
from pathlib import Path

from sqlalchemy import event, text

from system.chassis.sqlite import CONNECTIONS, Database

READS_AT_A_TIME = 16


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
