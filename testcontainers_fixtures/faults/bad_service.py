"""A service that answers every request in one bad manner, put in the place of a good one.

This file stands alone: it is started as `python -c SOURCE` wherever a part can run, so it imports
the standard library only.

    BAD_BIND, BAD_PORT   where it listens
    BAD_MANNER           one of MANNERS
    GET /.bad/state      how many requests it was sent, and how many came after a redirect
"""

import asyncio
import json
import os
import re
import socket
import struct
from contextlib import suppress

CONTROL = "/.bad/state"
ELSEWHERE = "/.bad/elsewhere"
# On close: what is not sent yet is dropped, and the other end sees a reset.
RESET = struct.pack("ii", 1, 0)
DRIP_S = 0.5
PROMISED_BYTES = 1_000
MANNERS = (
    "500-text",
    "500-html",
    "500-empty",
    "nothing",
    "truncated",
    "slow",
    "reset",
    "redirect",
)
ERROR = "500 Internal Server Error"


class BadService:
    """Answers in one manner, and counts."""

    def __init__(self, manner: str, port: int) -> None:
        self._manner = manner
        self._port = port
        self._requests = 0
        self._followed = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it ends."""
        with suppress(OSError, ValueError, IndexError, asyncio.IncompleteReadError):
            while await self._one(reader, writer):
                await writer.drain()
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tell whether the connection may bear another."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"(?im)^content-length:\s*(\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        path = head.split(" ", 2)[1]
        if path == CONTROL:
            state = {"requests": self._requests, "followed": self._followed}
            writer.write(message("200 OK", json.dumps(state), "application/json"))
            return True
        if path == ELSEWHERE:
            self._followed += 1
            writer.write(message("200 OK", "{}", "application/json"))
            return True
        self._requests += 1
        return await self._badly(writer)

    async def _badly(self, writer: asyncio.StreamWriter) -> bool:
        if self._manner == "slow":
            await _drip(writer)
        elif self._manner == "reset":
            end = writer.get_extra_info("socket")
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
        elif self._manner != "nothing":
            writer.write(self._message())
            return self._manner != "truncated"
        return False

    def _message(self) -> bytes:
        if self._manner == "redirect":
            there = f"Location: http://127.0.0.1:{self._port}{ELSEWHERE}\r\n"
            return message("307 Temporary Redirect", "", "text/plain", there)
        if self._manner == "truncated":
            return _head("200 OK", PROMISED_BYTES, "application/json", "") + b'[{"id": 1, "na'
        kind = self._manner.removeprefix("500-")
        body = {"text": "out of order", "html": "<h1>Out of order</h1>", "empty": ""}[kind]
        return message(ERROR, body, "text/html" if kind == "html" else "text/plain")


def message(status: str, body: str, media_type: str, headers: str = "") -> bytes:
    """Return an answer whose length is right."""
    data = body.encode()
    return _head(status, len(data), media_type, headers) + data


def _head(status: str, length: int, media_type: str, headers: str) -> bytes:
    lines = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n"
    return f"{lines}{headers}\r\n".encode()


async def _drip(writer: asyncio.StreamWriter) -> None:
    """Answer so slowly that no single wait for the next byte ever grows long."""
    writer.write(_head("200 OK", PROMISED_BYTES, "application/json", ""))
    for _ in range(PROMISED_BYTES):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(DRIP_S)


async def serve() -> None:
    """Serve until the process is ended."""
    port = int(os.environ["BAD_PORT"])
    service = BadService(os.environ["BAD_MANNER"], port)
    server = await asyncio.start_server(service.answer, os.environ["BAD_BIND"], port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
