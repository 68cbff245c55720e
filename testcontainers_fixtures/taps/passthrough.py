"""A pass-through before a service: hands bytes on as they are and keeps a record of what passed.

This file stands alone: it is started as `python -c SOURCE` wherever a part can run, so it imports
the standard library only. Bytes are handed on as they come, in both directions, ends and resets
included; what reads HTTP (RFC 9112) out of them only looks on, so that nothing that passes can
be changed by it, and what it cannot read passes all the same.

It listens while the service does: a service that is gone refuses connections here as well.

    TAP_BIND, TAP_PORT        where it listens
    TAP_HOST, TAP_TARGET_PORT the service
    GET /.tap/since/N         its records from number N on, as JSON; never handed on

A connection that begins with such a request is the harness's own, for as long as it lives.
"""

import asyncio
import base64
import hashlib
import json
import os
import re
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import takewhile
from typing import Any

CONTROL = b"GET /.tap/since/"
HEAD_BYTES = 256 * 1024
KEPT_RECORDS = 4_000
KEPT_BYTES = 32 * 1024 * 1024
KEPT_BODY_BYTES = 1024 * 1024
READ_BYTES = 64 * 1024
CONNECT_S = 5.0
POLL_S = 0.02
# On close: what is not sent yet is dropped, and the other end sees a reset.
RESET = struct.pack("ii", 1, 0)
NO_CONTENT, NOT_MODIFIED, SWITCHING, FIRST_FINAL = 204, 304, 101, 200

Headers = list[tuple[str, str]]


class Message:
    """A request or an answer as far as it has passed; of a large body the first part is kept."""

    def __init__(self, start: str, headers: Headers) -> None:
        self.start = start
        self.headers = headers
        self.complete = False
        self.length = 0
        self.kept = bytearray()
        self._digest = hashlib.sha256()

    def add(self, data: bytes) -> None:
        """Note a piece of the body."""
        self.length += len(data)
        self._digest.update(data)
        self.kept += data[: max(0, KEPT_BODY_BYTES - len(self.kept))]

    def values(self, name: str) -> str:
        """Return the values of a header in lower case, joined."""
        return ",".join(v for n, v in self.headers if n.lower() == name).lower()

    def shown(self) -> dict[str, Any]:
        """Return it as JSON has it; strings are Latin-1, as HTTP's bytes are."""
        return {
            "start": self.start,
            "headers": self.headers,
            "body": base64.b64encode(self.kept).decode(),
            "body_bytes": self.length,
            "body_sha256": self._digest.hexdigest(),
            "complete": self.complete,
        }


class TappedExchange:
    """One request and, once it has come, its answer."""

    def __init__(self, request: Message) -> None:
        self.request = request
        self.answer: Message | None = None
        self.arrived_s = time.monotonic()
        self.answered_s: float | None = None
        self.broken_off = False
        self.number = -1
        self.counted_bytes = 0

    @property
    def kept_bytes(self) -> int:
        """Return about how much memory it takes."""
        sides = [one for one in (self.request, self.answer) if one]
        heads = sum(len(n) + len(v) for side in sides for n, v in side.headers)
        return heads + sum(len(side.kept) + len(side.start) for side in sides)

    def shown(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "number": self.number,
            "request": self.request.shown(),
            "answer": self.answer.shown() if self.answer else None,
            "arrived_s": self.arrived_s,
            "answered_s": self.answered_s,
            "broken_off": self.broken_off,
        }


class Records:
    """The latest exchanges, numbered in the order in which they began."""

    def __init__(self) -> None:
        self._kept: deque[TappedExchange] = deque()
        self._kept_bytes = 0
        self.following = 0

    def add(self, exchange: TappedExchange) -> None:
        """Keep an exchange under the next number."""
        exchange.number = self.following
        self.following += 1
        self._kept.append(exchange)
        self.count(exchange)

    def count(self, exchange: TappedExchange) -> None:
        """Count what an exchange has grown to; the oldest go where there is no room."""
        grown = exchange.kept_bytes - exchange.counted_bytes
        exchange.counted_bytes += grown
        self._kept_bytes += grown
        while len(self._kept) > KEPT_RECORDS or (
            len(self._kept) > 1 and self._kept_bytes > KEPT_BYTES
        ):
            self._kept_bytes -= self._kept.popleft().counted_bytes

    def since(self, number: int) -> bytes:
        """Return what is kept from a number on, and how many of those are not kept any more."""
        latest = takewhile(lambda one: one.number >= number, reversed(self._kept))
        found = [one.shown() for one in latest][::-1]
        lost = max(0, self.following - number) - len(found)
        return json.dumps({"following": self.following, "lost": lost, "records": found}).encode()


class Reader:
    """Reads messages out of one direction's bytes; `begun` says how long each one's body is.

    `begun(message)` returns the body's bytes, None for a chunked one, or -1 for one that ends with
    the connection. What is no HTTP makes it `lost`: it looks no further.
    """

    def __init__(self, begun: Callable[[Message], int | None]) -> None:
        self.lost = False
        self._begun = begun
        self._buffer = bytearray()
        self._message: Message | None = None
        self._step: Callable[[], bool] = self._head
        self._left = 0

    def feed(self, data: bytes) -> None:
        """Read on."""
        if self.lost:
            return
        self._buffer += data
        try:
            while self._step():
                pass
        except (ValueError, IndexError):
            self.give_up()

    def give_up(self) -> None:
        """Look no further."""
        self.lost = True
        self._buffer.clear()

    def end(self) -> None:
        """Note that no more comes, which completes a body that ends with its connection."""
        if self._message and self._step == self._rest:
            self._message.complete = True

    def _head(self) -> bool:
        while self._buffer[:2] == b"\r\n":
            del self._buffer[:2]
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEAD_BYTES:
                raise ValueError
            return False
        start, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        pairs = (line.partition(":") for line in lines)
        self._message = Message(start, [(name, value.strip(" \t")) for name, _, value in pairs])
        length = self._begun(self._message)
        if length is None:
            self._step = self._size
        else:
            self._left = length
            self._step = self._rest if length < 0 else self._body
        return not self.lost

    def _body(self) -> bool:
        self._take()
        return False if self._left else self._done()

    def _rest(self) -> bool:
        self._left = len(self._buffer)
        self._take()
        return False

    def _size(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        self._left = int(self._buffer[:end].partition(b";")[0], 16)
        del self._buffer[: end + 2]
        self._step = self._chunk if self._left else self._trailers
        return True

    def _chunk(self) -> bool:
        self._take()
        if self._left or len(self._buffer) < len(b"\r\n"):
            return False
        del self._buffer[:2]
        self._step = self._size
        return True

    def _trailers(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        del self._buffer[: end + 2]
        return True if end else self._done()

    def _take(self) -> None:
        piece = bytes(self._buffer[: self._left])
        del self._buffer[: len(piece)]
        self._left -= len(piece)
        if self._message:
            self._message.add(piece)

    def _done(self) -> bool:
        if self._message:
            self._message.complete = True
        self._message, self._step = None, self._head
        return bool(self._buffer)


class ExchangeRecorder:
    """Reads both directions of one connection and records its exchanges."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._open: deque[TappedExchange] = deque()
        self._latest: TappedExchange | None = None
        self._is_ended = False
        self.requests = Reader(self._request)
        self.answers = Reader(self._answer)

    def end(self) -> None:
        """Note that one side has ended the connection: what has no answer was broken off."""
        self._is_ended = True
        for one in self._open:
            one.broken_off = True

    def _request(self, message: Message) -> int | None:
        if not re.fullmatch(r"\S+ .+ HTTP/1\.[01]", message.start):
            raise ValueError
        if self._latest:
            self._records.count(self._latest)  # its answer's body as well, now that it has passed
        self._latest = exchange = TappedExchange(message)
        exchange.broken_off = self._is_ended
        self._open.append(exchange)
        self._records.add(exchange)
        return _framed(message, otherwise=0)

    def _answer(self, message: Message) -> int | None:
        status = int(message.start.split(" ", 2)[1])
        if status == SWITCHING:
            self.requests.give_up()
            self.answers.give_up()
        if status < FIRST_FINAL and status != SWITCHING:
            return 0
        exchange = self._open.popleft()
        exchange.answer, exchange.answered_s = message, time.monotonic()
        exchange.broken_off = False
        self._records.count(exchange)
        method = exchange.request.start.partition(" ")[0]
        if method == "HEAD" or status in {SWITCHING, NO_CONTENT, NOT_MODIFIED}:
            return 0
        return _framed(message, otherwise=-1)


def _framed(message: Message, *, otherwise: int) -> int | None:
    """Return the length of a body as its head tells it (RFC 9112, section 6.3)."""
    if "chunked" in message.values("transfer-encoding"):
        return None
    length = message.values("content-length")
    return int(length.partition(",")[0]) if length else otherwise


class Tap:
    """Stands before one service; `serve` never returns."""

    def __init__(self, bind: str, port: int, target: tuple[str, int]) -> None:
        self._bind, self._port, self._target = bind, port, target
        self._records = Records()
        self._server: asyncio.Server | None = None
        self._gone = asyncio.Event()

    async def serve(self) -> None:
        """Listen for as long as the service does, and again once it does again."""
        while True:
            while not await self._target_accepts():  # noqa: ASYNC110 -- another process is waited for
                await asyncio.sleep(POLL_S)
            self._gone.clear()
            self._server = await asyncio.start_server(
                self._connected, self._bind, self._port, backlog=1024
            )
            await self._gone.wait()

    async def _target_accepts(self) -> bool:
        try:
            async with asyncio.timeout(CONNECT_S):
                _, writer = await asyncio.open_connection(*self._target)
        except TimeoutError:
            return True  # it is there, and busy
        except OSError:
            return False
        writer.close()
        return True

    def _leave(self) -> None:
        if self._server:
            self._server.close()
        self._gone.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first = await _beginning(reader)
            if first.startswith(CONTROL):
                await self._control(first, reader, writer)
            elif first:
                await self._pass(first, reader, writer)
        except OSError:
            _reset(writer)
        finally:
            writer.close()

    async def _control(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = first
        while head.startswith(CONTROL):
            while b"\r\n\r\n" not in head:
                more = await reader.read(READ_BYTES)
                if not more:
                    return
                head += more
            number = int(re.match(rb"\d*", head[len(CONTROL) :])[0] or 0)  # type: ignore[index] # matches always
            body = self._records.since(number)
            lines = (
                f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
            )
            writer.write(f"{lines}\r\n\r\n".encode() + body)
            await writer.drain()
            head = await _beginning(reader)

    async def _pass(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            async with asyncio.timeout(CONNECT_S):
                there, onward = await asyncio.open_connection(*self._target)
        except OSError:
            self._leave()
            raise
        seen = ExchangeRecorder(self._records)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._forth(first, reader, onward, seen))
                both.create_task(self._back(there, writer, seen))
        except* OSError:
            _reset(writer)
            _reset(onward)
        finally:
            onward.close()

    async def _forth(
        self,
        first: bytes,
        reader: asyncio.StreamReader,
        onward: asyncio.StreamWriter,
        seen: ExchangeRecorder,
    ) -> None:
        try:
            await _pump(first, reader, onward, seen.requests)
        finally:
            seen.end()

    async def _back(
        self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: ExchangeRecorder
    ) -> None:
        try:
            await _pump(b"", there, writer, seen.answers, before_end=lambda: self._ended(seen))
        except OSError:
            await self._ended(seen)
            raise

    async def _ended(self, seen: ExchangeRecorder) -> None:
        """Note the end before anyone hears of it, who may ask again then."""
        seen.end()
        await self._look_after_target()

    async def _look_after_target(self) -> None:
        """Close the door where the service has closed its own, before anyone hears of it."""
        if not await self._target_accepts():
            self._leave()


async def _nothing() -> None:
    pass


async def _pump(
    first: bytes,
    source: asyncio.StreamReader,
    sink: asyncio.StreamWriter,
    reader: Reader,
    before_end: Callable[[], Any] = _nothing,
) -> None:
    """Hand on what comes until it ends; it is read first, so that whoever gets it finds it kept."""
    data = first or await source.read(READ_BYTES)
    while data:
        reader.feed(data)
        sink.write(data)
        await sink.drain()
        data = await source.read(READ_BYTES)
    reader.end()
    await before_end()
    with suppress(OSError, RuntimeError):  # the other direction may have ended it
        sink.write_eof()


async def _beginning(reader: asyncio.StreamReader) -> bytes:
    """Return the first bytes: enough of them to tell whose connection it is."""
    data = await reader.read(READ_BYTES)
    while data and len(data) < len(CONTROL) and CONTROL.startswith(data):
        more = await reader.read(READ_BYTES)
        if not more:
            break
        data += more
    return data


def _reset(writer: asyncio.StreamWriter) -> None:
    end = writer.get_extra_info("socket")
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


def main() -> None:
    """Serve until the process is ended."""
    names = os.environ
    target = (names["TAP_HOST"], int(names["TAP_TARGET_PORT"]))

    async def serve() -> None:
        await Tap(names["TAP_BIND"], int(names["TAP_PORT"]), target).serve()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
