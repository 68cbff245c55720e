"""A connection for one exchange: all that is sent and read has one deadline and one most size.

A time-out of a socket is for one read alone, so that who drips a byte a second is never late. Here
each read has only the time that is left.
"""

import io
import socket
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_PIECE_BYTES: Final = 64 * 1024


class ExchangeTooLargeError(Exception):
    """More was sent than anybody wants to hold."""


class Metered:
    """Stands in a socket's place before `http.client`, which sends and reads through it alone."""

    def __init__(self, link: socket.socket, *, until_s: float, most_bytes: int) -> None:
        self.until_s = until_s
        self.received = 0
        self._link = link
        self.most_bytes = most_bytes

    def __repr__(self) -> str:
        """Show how much came and how long it may still take."""
        return f"<Metered {self.received} bytes, {self.until_s - time.monotonic():.1f} s left>"

    def sendall(self, content: "ReadableBuffer") -> None:
        """Send everything; raise TimeoutError at the deadline."""
        whole = memoryview(content)
        for start in range(0, len(whole), _PIECE_BYTES):
            self._link.settimeout(self._left_s())
            self._link.sendall(whole[start : start + _PIECE_BYTES])

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002 -- http.client asks for "rb"
        """Return what an answer is read from."""
        return io.BufferedReader(_Incoming(self))

    def receive(self, buffer: "WriteableBuffer") -> int:
        """Read what is there, at least a byte unless it is the end; raise at either bound."""
        self._link.settimeout(self._left_s())
        count = self._link.recv_into(buffer)
        self.received += count
        if self.received > self.most_bytes:
            raise ExchangeTooLargeError
        return count

    def close(self) -> None:
        """Do nothing: `http.client` lets go of a socket while its answer is still being read."""

    def _left_s(self) -> float:
        left_s = self.until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("timed out")
        return left_s


class _Incoming(io.RawIOBase):
    def __init__(self, metered: Metered) -> None:
        self._metered = metered

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        return self._metered.receive(buffer)
