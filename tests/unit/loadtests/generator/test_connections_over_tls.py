"""Connections over TLS 1.3, whose server sends tickets that nobody asked for."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from socket import SHUT_RDWR, create_server, socket

import pytest
import trustme

from loadtests.generator.connection_pool import ConnectionPool
from testcontainers_fixtures.engines.child import wait_until

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"
TICKETS_COME_WITHIN_S = 0.2
ENDS_WITHIN_S = 5.0


class Server:
    """Answers every request; `accepted` is how many connections it has had."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._listener = create_server(("127.0.0.1", 0))
        self._context = context
        self.streams: list[socket] = []
        self.port = self._listener.getsockname()[1]
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def hang_up(self) -> None:
        for stream in self.streams:
            with suppress(OSError):
                stream.shutdown(SHUT_RDWR)  # a mere close waits for the thread that reads

    def close(self) -> None:
        self._listener.close()
        self.hang_up()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                self.accepted += 1
                stream = self._context.wrap_socket(plain, server_side=True)
                stream.settimeout(ENDS_WITHIN_S)
                self.streams.append(stream)
                threading.Thread(target=self._answer, args=(stream,), daemon=True).start()

    @staticmethod
    def _answer(stream: socket) -> None:
        with suppress(OSError):
            while stream.recv(10_000):
                stream.sendall(ANSWER)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Start a server that the default trust knows."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    authority.issue_cert("localhost").configure_cert(context)
    made = Server(context)
    yield made
    made.close()


@pytest.fixture
def connections(server: Server) -> Iterator[ConnectionPool]:
    """Give connections to it, of which two stand."""
    made = ConnectionPool(f"https://localhost:{server.port}", answer_within_s=ENDS_WITHIN_S)
    made.open(2)
    assert wait_until(lambda: len(server.streams) == 2, timeout_s=ENDS_WITHIN_S)
    time.sleep(TICKETS_COME_WITHIN_S)
    yield made
    made.close()


def test_what_was_opened_before_is_what_requests_take(
    server: Server, connections: ConnectionPool
) -> None:
    told = [connections.exchange("GET", "/x", b"").body for _ in range(4)]

    assert told == [b"well"] * 4
    assert (server.accepted, connections.waits) == (2, 0)


def test_what_was_closed_meanwhile_is_not_taken(
    server: Server, connections: ConnectionPool
) -> None:
    server.hang_up()
    time.sleep(TICKETS_COME_WITHIN_S)

    assert connections.exchange("GET", "/x", b"").body == b"well"
    assert (server.accepted, connections.waits) == (3, 1)
