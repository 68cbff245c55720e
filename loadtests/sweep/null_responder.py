"""A server that answers every request with the same few bytes and does nothing else.

`python -m loadtests.sweep.null_responder PARENT_PID` prints its port. What the generator measures
against it is what the generator itself adds to every latency. It dies with the process
that started it.
"""

import asyncio
import ctypes
import os
import signal
import sys
from typing import Final

ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
_END: Final = b"\r\n\r\n"
_PR_SET_PDEATHSIG: Final = 1  # <linux/prctl.h>


class NullResponder(asyncio.Protocol):
    """One connection; requests have no body, so each ends with an empty line."""

    def __init__(self) -> None:
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what the answers are written to."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete by now."""
        held = self._rest + data
        # Too short to hold an end, long enough to hold the beginning of one.
        self._rest = held[1 - len(_END) :]
        if self._transport and (ended := held.count(_END)):
            self._transport.write(ANSWER * ended)


async def serve() -> None:
    """Listen on a free port of the loopback address, say which, and answer until the end."""
    server = await asyncio.get_running_loop().create_server(
        NullResponder, "127.0.0.1", 0, backlog=1_024
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def die_with(parent_pid: int) -> None:
    """End at once when the parent does, even if that was before this call."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit(1)


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    asyncio.run(serve())
