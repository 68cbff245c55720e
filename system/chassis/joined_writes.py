"""Writes the head of an answer together with what follows it at once.

Uvicorn writes a head, and then a body. Each write is a call to the kernel, a packet, and a wake-up
for whoever reads. A head that nothing follows at once leaves by itself.
"""

import asyncio
from typing import Final

# To copy more than that costs more than to write twice.
JOINED_BYTES: Final = 64 * 1024


class JoiningTransport:
    """A transport for one answer that has a body, if only an empty one."""

    __slots__ = ("_begun", "_head", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._begun = False
        self._head = b""

    def write(self, data: bytes) -> None:
        """Write the answer's next part; keep the first of them for a moment."""
        if not self._begun:
            self._begun, self._head = True, data
            self._loop.call_soon(self._write_head)
        elif self._head and len(data) <= JOINED_BYTES:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        else:
            self._write_head()
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection, once what was written has left."""
        self._write_head()
        self._transport.close()

    def is_closing(self) -> bool:
        """Tell whether it is closed, or the client gone."""
        return self._transport.is_closing()

    def _write_head(self) -> None:
        head, self._head = self._head, b""
        if head and not self._transport.is_closing():
            self._transport.write(head)
