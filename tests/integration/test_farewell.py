"""A gateway or a service that is told to end answers what it has taken, and refuses the rest."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from testcontainers_fixtures.engines.child import Child
from testcontainers_fixtures.readiness import wait_until
from tests.integration.lone_part import alone

pytestmark = pytest.mark.timeout(120)

CALLERS = 200
BUSY_WITHIN_S = 30.0
ENDS_WITHIN_S = 10.0

Outcomes = Counter[str]


class Callers:
    """Clients that each keep one connection and send one request after another over it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.created: list[str] = []
        self.outcomes: Outcomes = Counter()
        self.broken: list[str] = []
        self.busy = asyncio.Event()

    async def run(self) -> None:
        """Send until the connection is refused."""
        await asyncio.gather(*(self._send(n) for n in range(CALLERS)))

    async def _send(self, number: int) -> None:
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(self.url, connector=connector) as session:
            for count in range(10_000):
                if not await self._create(session, f"{number}-{count}"):
                    return

    async def _create(self, session: aiohttp.ClientSession, name: str) -> bool:
        body = {"surname": name, "name": "n", "country": "c"}
        try:
            async with session.post("/clients", json=body) as answer:
                await answer.read()
        except aiohttp.ClientConnectorError:
            self.outcomes["refused"] += 1
            return False
        except aiohttp.ClientError as error:
            self.outcomes["broken"] += 1
            self.broken.append(f"{name}: {error!r}")
            return False
        self.outcomes[str(answer.status)] += 1
        if self.outcomes.total() >= 2 * CALLERS:
            self.busy.set()
        if answer.status == 201:
            self.created.append(name)
        return True


async def ended(part: Child, callers: Callers) -> None:
    """Tell the part to end while its callers are busy; return when all of them are through."""
    running = asyncio.create_task(callers.run())
    await asyncio.wait_for(callers.busy.wait(), BUSY_WITHIN_S)
    part.ask_to_end()
    await asyncio.wait_for(running, ENDS_WITHIN_S)


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
