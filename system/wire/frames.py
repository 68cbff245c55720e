"""Reads a broker's frames so that no message that it can deliver costs the connection.

A broker hands a message on as its sender wrote it. pamqp, which decodes for aiormq, raises on short
strings that are not UTF-8, on timestamps beyond the year 9999 (those in microseconds) and on tables
that nest deeper than Python recurses, and takes quadratic time for wide ones. (Seen with 4.0, and
worth a report: what cannot be decoded of a message is its reader's matter, not the connection's.)
aiormq cannot tell one such header from a broken connection. It closes the connection, the broker
puts the message back, and whoever takes it next ends in the same way: one message stops them all.

So what comes from the socket is looked through before aiormq reads it. Nearly every frame passes as
it is; `properties` says what becomes of another. The names that a message was published by, and
what a broker says in words, are made readable here.

The seam is one that aiormq offers: a `transport_factory` makes the reader that it reads from.
"""

import asyncio
import struct
from typing import Any, Final

import aio_pika
import aiormq
from yarl import URL

from system.wire.properties import FLAGS, FLAGS_AT, INTRICATE, VALUES_AT, readable

_METHOD, _HEADER, _BODY, _HEARTBEAT = 1, 2, 3, 8
_KINDS: Final = frozenset({_METHOD, _HEADER, _BODY, _HEARTBEAT})
# Before a frame's payload its kind, its channel and its size; behind it one byte.
_BEGIN: Final = struct.Struct(">BHI")
_END: Final = b"\xce"
_BEGIN_BYTES: Final = _BEGIN.size
_AROUND: Final = _BEGIN_BYTES + len(_END)
_begin_at: Final = _BEGIN.unpack_from
_flags_at: Final = FLAGS.unpack_from
_DELIVER: Final = b"\x00\x3c\x00\x3c"
# In a delivery stand its method, a tag with its length, a number and a bit, then two names.
_BEHIND_TAG: Final = 4 + 1 + 8 + 1
# Where a broker's words begin in Connection.Close, .Blocked, Channel.Close and Basic.Return: it
# quotes names in them, and cuts them after so many bytes.
_WORDS_AT: Final = {
    b"\x00\x0a\x00\x32": 6,
    b"\x00\x0a\x00\x3c": 4,
    b"\x00\x14\x00\x28": 6,
    b"\x00\x3c\x00\x32": 6,
}
_LEGIBLE: Final = bytes(range(128)) + b"?" * 128


class Frames(asyncio.StreamReader):
    """What a broker sent, in whole frames that can all be decoded."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._begun = b""

    def feed_data(self, data: bytes) -> None:  # type: ignore[override] # asyncio gives it bytes
        """Take what came from the socket, and give what is whole of it."""
        if not self._begun and ordinary(data):
            super().feed_data(data)
            return
        if self._begun:
            data = self._begun + data
        parts, end = looked_through(data)
        self._begun = data[end:]
        for part in parts:
            super().feed_data(part)

    def feed_eof(self) -> None:
        """Take that nothing comes any more, and give the frame that was broken off."""
        begun, self._begun = self._begun, b""
        if begun:
            super().feed_data(begun)
        super().feed_eof()


class TolerantTransport(aiormq.TransportFactory):
    """Opens a socket to a broker as aiormq does, over TLS for `amqps://`, and reads `Frames`."""

    async def create(
        self,
        url: URL,
        **kwargs: Any,  # noqa: ANN401 -- as aiormq's
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return its two ends; raise AMQPConnectionError where there is no broker."""
        trust: aiormq.SSLContextProvider = kwargs.pop("ssl_context_provider")
        tls = await trust.get_context() if url.scheme == "amqps" else None
        loop = asyncio.get_running_loop()
        reader = Frames(loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        try:
            transport, _ = await loop.create_connection(
                lambda: protocol, url.host or "", url.port or 0, ssl=tls, **kwargs
            )
        except OSError as error:
            raise aiormq.AMQPConnectionError(*error.args) from error
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class TolerantConnection(aio_pika.Connection):
    """A connection to a broker that no message ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- as aio-pika's
        super().__init__(*args, **kwargs)
        self.kwargs["transport_factory"] = TolerantTransport()


def ordinary(data: bytes) -> bool:
    """Tell in few steps whether these are whole frames that can be decoded as they are.

    Nearly all that comes is: what is done here is done for every call.
    """
    start, came = 0, len(data)
    while start + _AROUND <= came:
        kind, _, size = _begin_at(data, start)
        payload, end = start + _BEGIN_BYTES, start + _AROUND + size
        if end > came:
            return False
        if kind == _HEADER:
            (flags,) = _flags_at(data, payload + FLAGS_AT)
            if flags & INTRICATE or not data[payload + VALUES_AT : end - 1].isascii():
                return False
        elif kind == _METHOD:
            method = data[payload : payload + 4]
            names = payload + _BEHIND_TAG + data[payload + 4] if method == _DELIVER else end
            if method in _WORDS_AT or not data[names : end - 1].isascii():
                return False
        elif kind not in _KINDS:
            return False
        start = end
    return start == came


def looked_through(data: bytes) -> tuple[list[bytes], int]:
    """Return the whole frames that `data` begins with, each decodable, and where they end in it."""
    parts, passed, start = [], 0, 0
    while start + _BEGIN.size <= len(data):
        kind, channel, size = _BEGIN.unpack_from(data, start)
        payload = start + _BEGIN.size
        end = payload + size + len(_END)
        if kind not in _KINDS:
            start = len(data)  # no AMQP at all, which aiormq says better
            break
        if end > len(data):
            break
        other = _other(kind, data[payload : end - 1]) if kind <= _HEADER else None
        if other is not None:
            parts += [data[passed:start], _BEGIN.pack(kind, channel, len(other)), other, _END]
            passed = end
        start = end
    parts.append(data[passed:start])
    return parts, start


def _other(kind: int, payload: bytes) -> bytes | None:
    """Return what is read in a payload's place; None: itself."""
    if kind == _HEADER:
        return readable(payload)
    method = payload[:4]
    if method == _DELIVER:
        names = _BEHIND_TAG + payload[4]
        # Nobody asks by what names a message was published.
        return None if payload[names:].isascii() else payload[:names] + b"\x00\x00"
    if method not in _WORDS_AT:
        return None
    words = _WORDS_AT[method] + 1
    end = words + payload[words - 1]
    return payload[:words] + payload[words:end].translate(_LEGIBLE) + payload[end:]
