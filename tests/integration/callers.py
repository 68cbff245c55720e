"""Clients that keep their connections and send request after request, until they are refused."""

import asyncio
import time
from collections import Counter
from http import HTTPStatus

import aiohttp

from testcontainers_fixtures.engines.child import Child

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
        self.told_s = 0.0

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
            since_s = time.monotonic() - self.told_s
            self.broken.append(f"{name}, {since_s:.3f} s after the signal: {error!r}")
            return False
        self.outcomes[str(answer.status)] += 1
        if self.outcomes.total() >= 2 * CALLERS:
            self.busy.set()
        if answer.status == HTTPStatus.CREATED:
            self.created.append(name)
        return True


async def ended(part: Child, callers: Callers) -> None:
    """Tell the part to end while its callers are busy; return when all of them are through."""
    running = asyncio.create_task(callers.run())
    await asyncio.wait_for(callers.busy.wait(), BUSY_WITHIN_S)
    callers.told_s = time.monotonic()
    part.ask_to_end()
    await asyncio.wait_for(running, ENDS_WITHIN_S)
