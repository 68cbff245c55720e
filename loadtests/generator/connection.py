"""One keep-alive connection to the gateway, and the exchange of one request for its answer.

Each request costs the system's own cores what the load generator takes, so no system call is made
that its outcome does not need: a socket is watched from its first request to its last and read when
the kernel says that something is there, not tried before; what is sent fits into the socket's
buffer at once, or is finished by `sendall`.
"""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import socket
import ssl
import time
from typing import Final

import gevent
from gevent import monkey

from loadtests.generator.response import GarbledResponseError, HttpResponse, ResponseParser
from loadtests.generator.socket_watch import SocketWatch

_BLOCK_BYTES: Final = 65_536
_READABLE: Final = 1  # as select.POLLIN
_FRESH_S: Final = 0.5
_poll = monkey.get_original("select", ["poll"])[0]


class NoResponseError(Exception):
    """The request left and no answer came: it may have happened."""


class GatewayConnection:
    """An open socket, its requests one after the other; `stands` tells whether it takes another."""

    def __init__(self, stream: socket.socket, *, tls: bool) -> None:
        self.stands = True
        self._stream = stream
        self._poll = _poll()
        self._poll.register(stream.fileno(), _READABLE)
        self._used_s = time.monotonic()
        # Under TLS a whole answer may lie decrypted already, of which the kernel knows nothing.
        self._watch = None if tls else SocketWatch(stream.fileno())

    def __repr__(self) -> str:
        """Show whether it stands."""
        return f"<GatewayConnection {'open' if self.stands else 'spent'}>"

    def quiet(self) -> bool:
        """Tell whether an idle connection still stands: one that can be read was closed.

        The kernel is asked only where the last answer is long past, since no server closes earlier;
        the loop sees that as well, a turn later.
        """
        if self._watch is None:
            return not self._poll.poll(0) or self._has_no_data()
        if self._watch.has_seen:
            return False
        return time.monotonic() - self._used_s < _FRESH_S or not self._poll.poll(0)

    def exchange(self, method: str, request: bytes, *, within_s: float) -> HttpResponse:
        """Send a request and return its answer; raise NoResponseError within the bound."""
        self.stands = False
        arrival = ResponseParser(method)
        try:
            with gevent.Timeout(within_s, NoResponseError("time-out")):
                self._send(request)
                while not arrival.complete:
                    arrival.feed(self._next_block())
        except (OSError, GarbledResponseError) as error:
            raise NoResponseError(f"connection lost: {cause(error)}") from error
        self.stands = arrival.reusable
        self._used_s = time.monotonic()
        return arrival.answer()

    def close(self) -> None:
        """Close it."""
        self.stands = False
        if self._watch:
            self._watch.close()
        self._stream.close()

    def _has_no_data(self) -> bool:
        """Tell whether what can be read is TLS's own: tickets follow a handshake (RFC 8446)."""
        before_s = self._stream.gettimeout()
        self._stream.settimeout(0.0)
        try:
            self._stream.recv(1)
        except ssl.SSLWantReadError:
            return True
        except OSError:
            return False
        finally:
            self._stream.settimeout(before_s)
        return False

    def _send(self, request: bytes) -> None:
        sent = self._stream.send(request)
        if sent < len(request):
            self._stream.sendall(request[sent:])

    def _next_block(self) -> bytes:
        if self._watch:
            self._watch.wait()
        return self._stream.recv(_BLOCK_BYTES)


def cause(error: Exception) -> str:
    """Return what an error says of itself."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
