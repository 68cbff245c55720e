"""Speaks AMQP 0-9-1 by hand, so that a message can bear what no client library would send.

A client library checks what it is given, and refuses to write a string that is no UTF-8 or a
timestamp that is no date; a broker hands such a message on as it came. Here the properties of a
message are bytes, and so are the names it is published by. Only what publishing needs is spoken.
"""

import socket
import struct
from collections.abc import Iterable
from typing import Final, Self
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from msgspec import Struct

from contract_tests.hops import amqp_fields

WAIT_S: Final = 10.0
_PORT: Final = 5672
_FRAME_END: Final = b"\xce"
_METHOD, _HEADER, _BODY, _HEARTBEAT = 1, 2, 3, 8
# A class and a method of it, as they begin a method's frame.
_START, _START_OK = (10, 10), (10, 11)
_TUNE, _TUNE_OK = (10, 30), (10, 31)
_OPEN, _OPEN_OK = (10, 40), (10, 41)
_CLOSE, _CLOSE_OK = (10, 50), (10, 51)
_CHANNEL_OPEN, _CHANNEL_OPEN_OK, _CHANNEL_CLOSE = (20, 10), (20, 11), (20, 40)
_SELECT, _SELECT_OK = (85, 10), (85, 11)
_PUBLISH, _ACK, _NACK = (60, 40), (60, 80), (60, 120)
_BASIC: Final = 60


class FrameRefusedError(Exception):
    """The broker closed the connection or the channel, or did not take a message."""


class RawMessage(Struct, frozen=True, kw_only=True):
    """A message as it is written: `properties` are the flags and the values behind them."""

    body: bytes
    properties: bytes
    routing_key: bytes
    exchange: bytes = b""


class RawPublisher:
    """A connection with one channel in confirm mode, while it is entered."""

    def __init__(self, amqp_url: str, *, wait_s: float = WAIT_S) -> None:
        self._url: SplitResult = urlsplit(amqp_url)
        self._wait_s = wait_s
        self._frame_max = 0

    def __enter__(self) -> Self:
        """Connect; raise FrameRefusedError where the broker does not let us in."""
        address = (self._url.hostname or "127.0.0.1", self._url.port or _PORT)
        self._socket = socket.create_connection(address, timeout=self._wait_s)
        self._read = self._socket.makefile("rb")
        try:
            self._shake_hands()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up; the broker needs no farewell."""
        self._read.close()
        self._socket.close()

    def publish(self, messages: Iterable[RawMessage], *, empty_frames: bool = False) -> None:
        """Publish each and wait for its confirm; raise FrameRefusedError at the first not taken.

        With `empty_frames` one frame of no bytes goes before each frame of a body.
        """
        nothing = _frame(_BODY, 1, b"") if empty_frames else b""
        for message in messages:
            self._socket.sendall(b"".join(self._frames(message, nothing)))
            self._expect(_ACK, _NACK)

    def _frames(self, message: RawMessage, between: bytes) -> Iterable[bytes]:
        names = amqp_fields.short(message.exchange) + amqp_fields.short(message.routing_key)
        yield _method(1, _PUBLISH, struct.pack(">H", 0) + names + b"\x00")
        head = struct.pack(">HHQ", _BASIC, 0, len(message.body)) + message.properties
        yield _frame(_HEADER, 1, head)
        most = self._frame_max - 8
        for start in range(0, len(message.body), most):
            yield between + _frame(_BODY, 1, message.body[start : start + most])

    def _shake_hands(self) -> None:
        self._socket.sendall(b"AMQP\x00\x00\x09\x01")
        self._expect(_START)
        user, password = (
            unquote_to_bytes(t or "") for t in (self._url.username, self._url.password)
        )
        response = b"\x00" + user + b"\x00" + password
        answer = [
            amqp_fields.table([]),
            amqp_fields.short(b"PLAIN"),
            amqp_fields.long(response),
            amqp_fields.short(b"en"),
        ]
        self._send(0, _START_OK, b"".join(answer))
        tuned = self._expect(_TUNE)
        _, self._frame_max, _ = struct.unpack(">HIH", tuned)
        self._send(0, _TUNE_OK, tuned[:6] + struct.pack(">H", 0))  # no heartbeats: it is short
        vhost = unquote_to_bytes(self._url.path.removeprefix("/"))
        self._send(0, _OPEN, amqp_fields.short(vhost) + b"\x00\x00")
        self._expect(_OPEN_OK)
        self._send(1, _CHANNEL_OPEN, b"\x00")
        self._expect(_CHANNEL_OPEN_OK)
        self._send(1, _SELECT, b"\x00")
        self._expect(_SELECT_OK)

    def _send(self, channel: int, method: tuple[int, int], arguments: bytes) -> None:
        self._socket.sendall(_method(channel, method, arguments))

    def _expect(self, *wanted: tuple[int, int]) -> bytes:
        """Return the arguments of the next method, which must be one of those wanted."""
        while True:
            kind, payload = self._next()
            if kind != _METHOD:
                continue  # a heartbeat
            method = struct.unpack(">HH", payload[:4])
            if method not in wanted or method == _NACK:
                raise FrameRefusedError(f"Expected {wanted}, seen: {method} {payload[4:]!r}.")
            return payload[4:]

    def _next(self) -> tuple[int, bytes]:
        head = self._read.read(7)
        if len(head) < 7:  # noqa: PLR2004 -- type, channel, size
            raise FrameRefusedError("The broker closed the connection.")
        kind, _, size = struct.unpack(">BHI", head)
        return kind, self._read.read(size + 1)[:-1]


def _method(channel: int, method: tuple[int, int], arguments: bytes) -> bytes:
    return _frame(_METHOD, channel, struct.pack(">HH", *method) + arguments)


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + _FRAME_END
