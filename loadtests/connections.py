"""Keep-alive connections to the gateway, and the one exchange that is made on them.

A thin client of our own over geventhttpclient's parser, for three reasons: a load generator on the
system's own two cores must be cheap; a request that never left must be told from one whose answer
is missing (geventhttpclient and locust's FastHttpUser hide that, and send some requests twice);
and the connections must never be a queue.
"""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import socket
import ssl
from collections import deque
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import gevent
from gevent import monkey
from gevent import socket as gevent_socket
from geventhttpclient.header import Headers
from geventhttpclient.response import HTTPParseError, HTTPSocketResponse

# Every connection is a file descriptor here and one at the gateway: this bounds both.
MOST_CONNECTIONS: Final = 4_000
_BLOCK_BYTES: Final = 65_536
_select = monkey.get_original("select", ["poll"])[0]


class NotSent(Exception):  # noqa: N818 -- it says what happened to the request
    """The request never left: nothing can have happened."""


class NoAnswer(Exception):  # noqa: N818 -- it says what happened to the request
    """The request left and no answer came: it may have happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header's first value."""
        values = self.headers.getlist(name)
        return values[0] if values else None


class Connections:
    """Open connections, used in turn; when all are busy, one more is opened.

    In turn, because a gateway with several workers spreads connections, not requests: always
    reusing the last one would load one worker.
    """

    def __init__(self, base_url: str, *, answer_within_s: float) -> None:
        url = urlsplit(base_url)
        tls = url.scheme == "https"
        self._tls = ssl.create_default_context() if tls else None
        self._host = url.hostname or "127.0.0.1"
        self._address = (self._host, url.port or (443 if tls else 80))
        self._prefix = url.path.rstrip("/")
        self._head = f" HTTP/1.1\r\nHost: {url.netloc}\r\nAccept: application/json\r\n"
        self._answer_within_s = answer_within_s
        self._idle: deque[socket.socket] = deque()
        self._held = 0
        # Requests for which none was free: each paid for a new one before it was sent.
        self.waits = 0

    def __repr__(self) -> str:
        """Show how many connections are open and how many of them idle."""
        return f"<Connections {self._held} open, {len(self._idle)} idle>"

    def open(self, count: int) -> None:
        """See that so many stand: a measurement must not pay for them.

        More than that are closed: used in turn, each would idle until the gateway closes it.
        """
        for connection in [self._idle.popleft() for _ in range(len(self._idle))]:
            if self._held <= count and _quiet(connection):
                self._idle.append(connection)
            else:
                self._drop(connection)
        while self._held < min(count, MOST_CONNECTIONS):
            self._idle.append(self._connected())

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._drop(self._idle.popleft())

    def exchange(self, method: str, target: str, body: bytes, headers: str = "") -> Answer:
        """Send a request and return its answer; raise NotSent or NoAnswer within the bound.

        `headers` are whole lines, each with its end.
        """
        request = self._request(method, target, body, headers)
        connection = self._next()
        stands = False
        try:
            response, content = self._talk(connection, method, request)
            stands = not response.should_close()
        finally:
            if stands:
                self._idle.append(connection)
            else:
                self._drop(connection)
        return Answer(status=response.get_code(), headers=response.info(), body=content)

    def _talk(
        self, connection: socket.socket, method: str, request: bytes
    ) -> tuple[HTTPSocketResponse, bytes]:
        try:
            with gevent.Timeout(self._answer_within_s, NoAnswer("time-out")):
                connection.sendall(request)
                response = HTTPSocketResponse(connection, block_size=_BLOCK_BYTES, method=method)
                return response, response.read()
        except (OSError, HTTPParseError) as error:
            raise NoAnswer(f"connection lost: {_cause(error)}") from error

    def _next(self) -> socket.socket:
        while self._idle:
            connection = self._idle.popleft()
            if _quiet(connection):
                return connection
            self._drop(connection)
        self.waits += 1
        return self._connected()

    def _connected(self) -> socket.socket:
        if self._held >= MOST_CONNECTIONS:
            raise NotSent(f"{MOST_CONNECTIONS} requests are in flight already")
        self._held += 1
        try:
            return self._connect()
        except OSError as error:
            self._held -= 1
            raise NotSent(f"connection refused: {_cause(error)}") from error

    def _connect(self) -> socket.socket:
        made: socket.socket = gevent_socket.create_connection(
            self._address, timeout=self._answer_within_s
        )
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._tls.wrap_socket(made, server_hostname=self._host) if self._tls else made

    def _drop(self, connection: socket.socket) -> None:
        self._held -= 1
        connection.close()

    def _request(self, method: str, target: str, body: bytes, headers: str) -> bytes:
        head = f"{method} {self._prefix}{target}{self._head}{headers}"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        elif method in {"POST", "PUT", "PATCH"}:
            head += "Content-Length: 0\r\n"
        return (head + "\r\n").encode("latin-1") + body


def _quiet(connection: socket.socket) -> bool:
    """Tell whether an idle connection still stands: one that can be read was closed."""
    poll = _select()
    poll.register(connection.fileno(), 1)
    return not poll.poll(0)


def _cause(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
