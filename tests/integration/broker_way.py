"""A way to the broker that counts who takes it, and can end connections at one side alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from yarl import URL


class Way:
    """A way to the broker; `taken` counts connections.

    `swallow` ends each of them for whoever made it, without a word to the broker.
    """

    def __init__(self, url: str) -> None:
        self.broker = URL(url)
        self.url = ""
        self.taken = 0
        self._near: list[asyncio.StreamWriter] = []
        self._far: list[asyncio.StreamWriter] = []
        self._pumps: list[asyncio.Task[None]] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes, both ways, and no end of it."""
        self.taken += 1
        answers, onward = await asyncio.open_connection(self.broker.host, self.broker.port)
        self._near.append(writer)
        self._far.append(onward)
        self._pumps += [
            asyncio.create_task(_pump(reader, onward)),
            asyncio.create_task(_pump(answers, writer)),
        ]

    def swallow(self) -> None:
        """End what there is."""
        for writer in self._near:
            writer.transport.abort()
        self._near.clear()

    def close(self) -> None:
        """End everything."""
        for pump in self._pumps:
            pump.cancel()
        for writer in (*self._near, *self._far):
            writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while said := await reader.read(65_536):
            writer.write(said)


@asynccontextmanager
async def way_to(url: str) -> AsyncIterator[Way]:
    """Give a way to the broker at a URL, itself at another."""
    way = Way(url)
    async with await asyncio.start_server(way.take, "127.0.0.1", 0) as server:
        way.url = str(URL(url).with_port(server.sockets[0].getsockname()[1]))
        yield way
        way.close()
