"""A pass-through on a named link, which can be told to cut, hold or delay what passes.

This file stands alone: it is started as `python -c SOURCE` wherever a part can run, so it imports
the standard library only. It knows nothing of what it carries.

    LINK_BIND, LINK_PORT             where it listens for the link's source
    LINK_HOST, LINK_TARGET_PORT      the link's target
    LINK_CONTROL_PORT                where the harness tells it what to do (HTTP, on LINK_BIND)

    GET /state                       what it does now, and how many connections it carries
    POST /pass                       hand everything on, and what was held as well
    POST /cut                        reset every connection and refuse new ones, as a dead host does
    POST /hold                       take everything and hand nothing on, ends and resets included,
                                     as a network does that drops packets; TCP would send them again
    POST /delay?ms=N                 hand everything on N ms later, in each direction
    GET /probe?send=HEX&ms=N         open a connection through the link, send these bytes, and tell
                                     whether a byte comes back within N ms, and after how long
"""

import asyncio
import json
import os
import socket
import struct
import time
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

CONNECT_S = 5.0
CONTROL_S = 5.0
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- compared with, never bound to
READ_BYTES = 64 * 1024
# So much waits in a direction at most, as it would in the buffers of a long network path.
WAITING_CHUNKS = 256
# On close: what is not sent yet is dropped, and the other end sees a reset.
RESET = struct.pack("ii", 1, 0)
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class LinkProxy:
    """Carries the connections of one link; `tell` changes what becomes of them."""

    def __init__(self, bind: str, port: int, target: tuple[str, int]) -> None:
        self._bind, self._port, self._target = bind, port, target
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._mode = "pass"
        self._delay_s = 0.0

    async def listen(self) -> None:
        """Take connections from now on."""
        if self._server is None:
            self._server = await asyncio.start_server(
                self._connected, self._bind, self._port, backlog=1024
            )

    async def tell(self, mode: str, delay_s: float) -> None:
        """Change what becomes of the connections; returns once it is so."""
        self._mode, self._delay_s = mode, delay_s
        if mode == "hold":
            self._flows.clear()
        else:
            self._flows.set()
        if mode == "cut":
            self._cut()
        else:
            await self.listen()

    def state(self) -> dict[str, object]:
        """Return what it does now, as JSON has it; each connection has two ends."""
        return {"mode": self._mode, "delay_ms": self._delay_s * 1000, "ends": len(self._open)}

    async def probed(self, data: bytes, within_s: float) -> dict[str, object]:
        """Return what becomes of a connection through the link, as JSON has it."""
        host = "127.0.0.1" if self._bind == EVERYWHERE else self._bind
        begun_s = time.monotonic()
        seen = "refused"
        with suppress(OSError):  # a timeout is one, too
            reader, writer = await asyncio.open_connection(host, self._port)
            try:
                seen = "silent"
                writer.write(data)
                async with asyncio.timeout(within_s):
                    seen = "answered" if await reader.read(1) else "closed"
            finally:
                writer.close()
        return {"seen": seen, "after_ms": (time.monotonic() - begun_s) * 1000}

    def _cut(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for writer in self._open:
            reset(writer)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await self._flows.wait()
            async with asyncio.timeout(CONNECT_S):
                there, onward = await asyncio.open_connection(*self._target)
            self._open.add(onward)
            try:
                await self._carry((reader, writer), (there, onward))
            finally:
                self._open.discard(onward)
                onward.close()
        except OSError:
            reset(writer)
        finally:
            self._open.discard(writer)
            writer.close()

    async def _carry(self, near: Ends, far: Ends) -> None:
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._hand_on(near[0], far[1]))
                both.create_task(self._hand_on(far[0], near[1]))
        except* OSError:
            # Nor does a reset pass a network that drops everything.
            await self._flows.wait()
            reset(near[1])
            reset(far[1])

    async def _hand_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(WAITING_CHUNKS)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._take(source, waiting))
            both.create_task(self._give(waiting, sink))

    async def _take(
        self, source: asyncio.StreamReader, waiting: "asyncio.Queue[tuple[float, bytes]]"
    ) -> None:
        data = b"."
        while data:
            data = await source.read(READ_BYTES)
            await waiting.put((time.monotonic() + self._delay_s, data))

    async def _give(
        self, waiting: "asyncio.Queue[tuple[float, bytes]]", sink: asyncio.StreamWriter
    ) -> None:
        while True:
            due_s, data = await waiting.get()
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            await self._flows.wait()
            if not data:
                break
            sink.write(data)
            await sink.drain()
        with suppress(OSError, RuntimeError):  # the other direction may have ended it
            sink.write_eof()


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a host does that knows nothing of it."""
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


async def control(
    link: LinkProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer one request of the harness."""
    with suppress(OSError, LookupError, ValueError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(CONTROL_S):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, target, _ = head.split(" ", 2)
            asked = urlsplit(target)
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            span_s = float(query.get("ms", "0")) / 1000
            if method == "POST":
                await link.tell(asked.path.removeprefix("/"), span_s)
            probing = asked.path == "/probe"
            state = (
                await link.probed(bytes.fromhex(query["send"]), span_s) if probing else link.state()
            )
            body = json.dumps(state).encode()
            lines = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(lines.encode() + body)
            await writer.drain()
    writer.close()


async def serve() -> None:
    """Carry the link that the environment names until the process is ended."""
    names = os.environ
    bind = names["LINK_BIND"]
    target = (names["LINK_HOST"], int(names["LINK_TARGET_PORT"]))
    link = LinkProxy(bind, int(names["LINK_PORT"]), target)
    await link.listen()
    server = await asyncio.start_server(
        lambda reader, writer: control(link, reader, writer), bind, int(names["LINK_CONTROL_PORT"])
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
