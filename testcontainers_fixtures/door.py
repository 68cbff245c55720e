"""A door before a gateway that asks who comes: adds the harness's credentials to each request.

Whoever sends through it neither knows the secret nor can write it down, so that it is in no record,
no curl line and no page. What passes is otherwise as it was sent, byte for byte, but for one more
thing: each connection serves one request, as both ends are told, so that only one head of each side
has to be read.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

from anyio.from_thread import start_blocking_portal

HEAD_BYTES: Final = 512 * 1024
READ_BYTES: Final = 64 * 1024
SILENT_S: Final = 60.0
_END: Final = b"\r\n\r\n"
_INTERIM: Final = re.compile(rb"HTTP/1\.[01] 1\d\d ")
_CONNECTION: Final = re.compile(rb"\r\nconnection:[^\r\n]*", re.IGNORECASE)


class Door:
    """Hands connections on to a gateway, on an event loop."""

    def __init__(self, gateway: str, credentials: Mapping[str, str]) -> None:
        where = urlsplit(gateway)
        self.url = ""
        self._to = (where.hostname or "", where.port or 80)
        lines = [f"{name}: {value}\r\n" for name, value in credentials.items()]
        self._added = "".join(lines).encode("latin-1")

    def __repr__(self) -> str:
        """Show where it is and what is behind it, never what it adds."""
        return f"<Door {self.url} before {self._to[0]}:{self._to[1]}>"

    async def open(self) -> asyncio.Server:
        """Begin to listen on a free port."""
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0, limit=HEAD_BYTES)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def _pass(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await asyncio.wait_for(client.readuntil(_END), SILENT_S)
            answer, onward = await asyncio.open_connection(*self._to, limit=HEAD_BYTES)
            onward.write(self.admitted(head))
            sending = asyncio.create_task(_copied(client, onward))
            try:
                await _answered(answer, back)
            finally:
                sending.cancel()
                onward.close()
        back.close()

    def admitted(self, head: bytes) -> bytes:
        """Return a request's head with the credentials in it."""
        return _last(head, self._added)


async def _answered(answer: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
    head = await answer.readuntil(_END)
    while _INTERIM.match(head):
        back.write(head)
        head = await answer.readuntil(_END)
    back.write(_last(head, b""))
    await _copied(answer, back)


def _last(head: bytes, added: bytes) -> bytes:
    """Return a head with some lines more, after which its connection serves nothing else."""
    line, end, rest = _CONNECTION.sub(b"", head).partition(b"\r\n")
    return line + end + added + b"Connection: close\r\n" + rest


async def _copied(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(READ_BYTES):
            sink.write(piece)
            await sink.drain()


@contextmanager
def opened_door(gateway: str, credentials: Mapping[str, str]) -> Iterator[str]:
    """Give the URL of a door before a gateway, served by a thread of its own."""
    door = Door(gateway, credentials)
    with start_blocking_portal(name="door") as portal:
        server = portal.call(door.open)
        try:
            yield door.url
        finally:
            portal.call(server.close)
