"""The keep-alive connections to the gateway, opened before they are needed and used in turn.

A thin client of our own over httptools' parser, for three reasons: a load generator on the
system's own two cores must be cheap; a request that never left must be told from one whose answer
is missing (geventhttpclient and locust's FastHttpUser hide that, and send some requests twice);
and the connections must never be a queue.
"""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import contextlib
import socket
import ssl
import time
from collections import deque
from typing import Final
from urllib.parse import urlsplit

import gevent
from gevent import socket as gevent_socket

from loadtests.generator.connection import GatewayConnection, NoResponseError, cause
from loadtests.generator.response import HttpResponse

__all__ = ["ConnectionPool", "HttpResponse", "NoResponseError", "NotSentError"]

# Every connection is a file descriptor here and one at the gateway: this bounds both.
MOST_CONNECTIONS: Final = 4_000
NO_TIME: Final = "connection refused: time-out"


class NotSentError(Exception):
    """The request never left: nothing can have happened."""


class ConnectionPool:
    """Open connections, used in turn; when all are busy, one more is opened.

    In turn, because a gateway with several workers spreads connections, not requests: always
    reusing the last one would load one worker. In place of one that an answer closed another is
    opened at once, and not by the next request.
    """

    def __init__(self, base_url: str, *, answer_within_s: float) -> None:
        url = urlsplit(base_url)
        tls = url.scheme == "https"
        self._tls = ssl.create_default_context() if tls else None
        self._host = url.hostname or "127.0.0.1"
        self._address = (self._host, url.port or (443 if tls else 80))
        self._prefix = url.path.rstrip("/")
        self._head = f" HTTP/1.1\r\nHost: {url.netloc}\r\n"
        self._answer_within_s = answer_within_s
        self._idle: deque[GatewayConnection] = deque()
        self._held = self._wanted = 0
        # Requests for which none was free: each paid for a new one before it was sent.
        self.waits = 0
        # Answers with which the server closed the connection.
        self.closings = 0

    def __repr__(self) -> str:
        """Show how many connections are open and how many of them idle."""
        return f"<ConnectionPool {self._held} open, {len(self._idle)} idle>"

    def open(self, count: int) -> None:
        """See that so many stand: a measurement must not pay for them.

        More than that are closed: used in turn, each would idle until the gateway closes it.
        """
        self._wanted = min(count, MOST_CONNECTIONS)
        for connection in [self._idle.popleft() for _ in range(len(self._idle))]:
            if self._held <= count and connection.quiet():
                self._idle.append(connection)
            else:
                self._drop(connection)
        while self._held < self._wanted:
            self._idle.append(self._connected())

    def close(self) -> None:
        """Close the idle connections."""
        self._wanted = 0
        while self._idle:
            self._drop(self._idle.popleft())

    def exchange(self, method: str, target: str, body: bytes, headers: str = "") -> HttpResponse:
        """Send a request and return its answer; raises NotSentError, NoResponseError.

        `headers` are whole lines, each with its end.
        """
        request = self._request(method, target, body, headers)
        until_s = time.monotonic() + self._answer_within_s
        connection = self._next()
        try:
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                raise NotSentError(NO_TIME)
            answer = connection.exchange(method, request, within_s=left_s)
            self.closings += not connection.stands
            return answer
        finally:
            if connection.stands:
                self._idle.append(connection)
            else:
                self._replace(connection)

    def _next(self) -> GatewayConnection:
        while self._idle:
            connection = self._idle.popleft()
            if connection.quiet():
                return connection
            self._drop(connection)
        self.waits += 1
        return self._connected()

    def _connected(self) -> GatewayConnection:
        if self._held >= MOST_CONNECTIONS:
            raise NotSentError(f"{MOST_CONNECTIONS} requests are in flight already")
        made: GatewayConnection | None = None
        self._held += 1
        try:
            # Not an OSError, after which the next of the host's addresses would be tried.
            with gevent.Timeout(self._answer_within_s, NotSentError(NO_TIME)):
                made = self._connect()
        except OSError as error:
            raise NotSentError(f"connection refused: {cause(error)}") from error
        finally:
            if made is None:  # also where the phase ended meanwhile
                self._held -= 1
        return made

    def _connect(self) -> GatewayConnection:
        made: socket.socket = gevent_socket.create_connection(
            self._address, timeout=self._answer_within_s
        )
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            made = self._tls.wrap_socket(made, server_hostname=self._host)
        return GatewayConnection(made, tls=self._tls is not None)

    def _replace(self, connection: GatewayConnection) -> None:
        self._drop(connection)
        if self._held < self._wanted:
            gevent.spawn(self._reopen)

    def _reopen(self) -> None:
        """Open one more unless somebody else did; where that fails, the next request will tell."""
        if self._held >= self._wanted:
            return
        with contextlib.suppress(NotSentError):
            made = self._connected()
            if self._held > self._wanted:  # closed meanwhile
                self._drop(made)
            else:
                self._idle.append(made)

    def _drop(self, connection: GatewayConnection) -> None:
        self._held -= 1
        connection.close()

    def _request(self, method: str, target: str, body: bytes, headers: str) -> bytes:
        head = f"{method} {self._prefix}{target}{self._head}{headers}"
        if body:
            head += f"Content-Length: {len(body)}\r\n"
        elif method in {"POST", "PUT", "PATCH"}:
            head += "Content-Length: 0\r\n"
        return (head + "\r\n").encode("latin-1") + body
