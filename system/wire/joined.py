"""A connection on which what is written in one turn of the event loop leaves in one piece.

uvloop hands each write to the kernel at once, and every one of them wakes the broker, though with
many calls in flight several messages are ready at a time. At 16 in flight on two busy cores joining
them leaves 2.5 of the gateway's 3 writes a call and 2.0 of the resolver's 3 (HTTP included), and
takes 15 % (8-21) off the broker's CPU time.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

# More than that is handed over at once, so that the kernel can say that it takes no more.
MOST_HELD_BYTES: Final = 64 * 1024


class JoinedTransport:
    """A transport that holds what is written until the event loop comes round; else as it is.

    Nothing is held longer than that, nor more than MOST_HELD_BYTES, and it leaves before an end of
    the connection does.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._held_bytes = 0

    def __repr__(self) -> str:
        """Show how much is held."""
        return f"<JoinedTransport {self._held_bytes} bytes held, {self._transport!r}>"

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever else a transport can do
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Hold it for a moment."""
        if not self._held:
            self._loop.call_soon(self._hand_over)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > MOST_HELD_BYTES:
            self._hand_over()

    def writelines(self, parts: Iterable[bytes]) -> None:
        """Hold them for a moment."""
        self.write(b"".join(parts))

    def write_eof(self) -> None:
        """Hand over, and say that no more will come."""
        self._hand_over()
        self._transport.write_eof()

    def close(self) -> None:
        """Hand over, and close once it has gone out."""
        self._hand_over()
        self._transport.close()

    def _hand_over(self) -> None:
        held, self._held, self._held_bytes = self._held, [], 0
        # A transport that was aborted meanwhile would complain of what nobody can read.
        if held and not self._transport.is_closing():
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))
