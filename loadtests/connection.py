"""One keep-alive connection to the gateway, and the exchange of one request for its answer.

Each request costs the system's own cores what the load generator takes, so no system call is made
that its outcome does not need: a socket is read when the kernel says that something is there, not
tried before; what is sent fits into the socket's buffer at once, or is finished by `sendall`.
"""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import socket
from typing import Final

import gevent
from gevent import monkey

from loadtests.answer import Answer, Arrival, Garbled

_BLOCK_BYTES: Final = 65_536
_READABLE: Final = 1  # as select.POLLIN, and as libev's EV_READ
_poll = monkey.get_original("select", ["poll"])[0]


class NoAnswer(Exception):  # noqa: N818 -- it says what happened to the request
    """The request left and no answer came: it may have happened."""


class Connection:
    """An open socket, its requests one after the other; `stands` tells whether it takes another."""

    def __init__(self, stream: socket.socket, *, tls: bool) -> None:
        self.stands = True
        self._stream = stream
        self._poll = _poll()
        self._poll.register(stream.fileno(), _READABLE)
        self._hub = gevent.get_hub()
        # Under TLS a whole answer may lie decrypted already, of which the kernel knows nothing.
        self._readable = None if tls else self._hub.loop.io(stream.fileno(), _READABLE)

    def __repr__(self) -> str:
        """Show whether it stands."""
        return f"<Connection {'open' if self.stands else 'spent'}>"

    def quiet(self) -> bool:
        """Tell whether an idle connection still stands: one that can be read was closed."""
        return not self._poll.poll(0)

    def exchange(self, method: str, request: bytes, *, within_s: float) -> Answer:
        """Send a request and return its answer; raise NoAnswer within the bound."""
        self.stands = False
        arrival = Arrival(method)
        try:
            with gevent.Timeout(within_s, NoAnswer("time-out")):
                self._send(request)
                self._await()
                while not arrival.complete:
                    arrival.feed(self._stream.recv(_BLOCK_BYTES))
        except (OSError, Garbled) as error:
            raise NoAnswer(f"connection lost: {cause(error)}") from error
        self.stands = arrival.reusable
        return arrival.answer()

    def close(self) -> None:
        """Close it."""
        self.stands = False
        if self._readable is not None:
            self._readable.close()
        self._stream.close()

    def _send(self, request: bytes) -> None:
        sent = self._stream.send(request)
        if sent < len(request):
            self._stream.sendall(request[sent:])

    def _await(self) -> None:
        if self._readable is not None:
            self._hub.wait(self._readable)


def cause(error: Exception) -> str:
    """Return what an error says of itself."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
