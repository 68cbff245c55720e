"""A server that holds each request for a time that it draws, and knows for how long it truly did.

`python recorder_stub.py HOST`: says its port, once. GET /hold/20000 is answered after at least
20,000 us, and half as long again on average; GET /record tells of each such request, in the order
of their coming, when it came (`time.monotonic()`) and after how many seconds it was answered.
"""

import asyncio
import json
import random
import sys
import time
from typing import Final, cast

import uvloop

BACKLOG: Final = 4_096
_END: Final = b"\r\n\r\n"
_DRAW: Final = random.Random(1)  # noqa: S311 -- reproducible, not a secret
KEPT: list[tuple[float, float]] = []


class Holding(asyncio.Protocol):
    """One connection, with one request at a time on it."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is answered on."""
        self._transport = cast("asyncio.Transport", transport)  # TCP gives no other

    def data_received(self, data: bytes) -> None:
        """Answer a request once its time is over."""
        came_s = time.monotonic()
        self._held += data
        if not self._held.endswith(_END):
            return
        path = self._held.split(b" ", 2)[1].decode()
        self._held = b""
        if path == "/record":
            self._answer(json.dumps(KEPT).encode())
            return
        mean_s = int(path.rpartition("/")[2]) / 1e6
        for_s = mean_s + _DRAW.expovariate(2 / mean_s)
        asyncio.get_running_loop().call_later(for_s, self._release, came_s)

    def _release(self, came_s: float) -> None:
        KEPT.append((came_s, time.monotonic() - came_s))
        self._answer(b"ok")

    def _answer(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


async def serve(host: str) -> None:
    """Listen on a free port, say which, and answer until the end."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Holding, host, 0, backlog=BACKLOG)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
