"""Tells a client that has ended its half of a connection from one that has gone altogether.

Both send the same (FIN). Only what is written to who is gone comes back, as a reset: so the bytes
that every answer begins with are written ahead, one at a time and ever more rarely, until the rest
of the answer follows. A client that is there reads an answer as any other.
"""

import asyncio
import socket
from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

# What every answer begins with, whatever its status.
BEGIN: Final = STATUS_LINE[200].partition(b"200")[0]
# Most answers are there before anything is written ahead; the last byte is written after 13 s.
WRITTEN_AFTER_S: Final = 0.05
# A reset from the other end of the world takes longer, and is found at the byte after it.
LOOKED_AFTER_S: Final = 0.05


class HalfCloseTransport:
    """A transport for one answer, which leaves out of it what it has written ahead."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._ahead = 0
        self._timer = loop.call_later(WRITTEN_AFTER_S, self._write_ahead, WRITTEN_AFTER_S)

    def write(self, data: bytes) -> None:
        """Write the answer's next part."""
        self._timer.cancel()
        self._transport.write(data[self._ahead :])
        self._ahead = 0

    def close(self) -> None:
        """Close the connection, once what was written has left."""
        self._timer.cancel()
        self._transport.close()

    def is_closing(self) -> bool:
        """Tell whether it is closed, or the client gone."""
        return self._transport.is_closing()

    def _write_ahead(self, waited_s: float) -> None:
        if not self._transport.is_closing():
            self._transport.write(BEGIN[self._ahead : self._ahead + 1])
            self._ahead += 1
            self._timer = self._loop.call_later(LOOKED_AFTER_S, self._look, waited_s)

    def _look(self, wait_s: float) -> None:
        # Nothing is read any more, so that no loop would tell.
        own: socket.socket = self._transport.get_extra_info("socket")
        if self._transport.is_closing():
            return
        if own.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._transport.abort()
        elif self._ahead < len(BEGIN):
            self._timer = self._loop.call_later(wait_s, self._write_ahead, 2 * wait_s)
