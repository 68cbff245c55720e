"""A gateway or a service that is told to end answers what it has taken, and refuses the rest."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from testcontainers_fixtures.part_readiness import wait_until
from tests.integration.callers import CALLERS, ENDS_WITHIN_S, Callers, ended
from tests.integration.lone_part import alone

pytestmark = pytest.mark.timeout(120)


async def test_a_service_ends_without_an_error_and_without_a_lost_or_second_row(
    tmp_path: Path,
) -> None:
    database = tmp_path / "clients.sqlite3"
    settings = {"CLIENTS_DATABASE": str(database)}
    with alone(tmp_path, "srv_clients", settings=settings) as service:
        callers = Callers(service.url)
        await ended(service, callers)
        wait_until(lambda: not service.alive(), timeout_s=ENDS_WITHIN_S, what="the service to end")
        log = service.log_tail(50)
    with closing(sqlite3.connect(database)) as opened:
        rows = Counter(name for (name,) in opened.execute("SELECT surname FROM clients"))

    assert not callers.broken, (callers.outcomes, callers.broken[:5])
    assert callers.outcomes["refused"] == CALLERS
    assert rows == Counter(callers.created)
    assert "Traceback" not in log, log


async def test_idle_connections_are_closed_and_do_not_hold_the_end_up(tmp_path: Path) -> None:
    settings = {"CLIENTS_DATABASE": str(tmp_path / "clients.sqlite3")}
    with alone(tmp_path, "srv_clients", settings=settings, workers=1) as service:
        async with aiohttp.ClientSession(service.url) as session, session.get("/health") as answer:
            await answer.read()
            service.ask_to_end()
            wait_until(lambda: not service.alive(), timeout_s=3.0, what="the service to end")

        assert service.log_tail().count("Traceback") == 0
