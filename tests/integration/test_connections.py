"""Connections to a server that answers at once."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import gevent
import gevent.socket
import pytest

from loadtests.generator.connection_pool import ConnectionPool, NotSentError


@pytest.fixture
def connections() -> Iterator[ConnectionPool]:
    """Start a server that does nothing and give connections to it."""
    command = [sys.executable, "-m", "loadtests.sweep.null_responder", str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout
        port = int(server.stdout.readline())
        made = ConnectionPool(f"http://127.0.0.1:{port}", answer_within_s=5.0)
        try:
            yield made
        finally:
            made.close()
            server.kill()


def test_as_many_stand_as_were_asked_for_no_fewer_and_no_more(connections: ConnectionPool) -> None:
    connections.open(5)
    five = repr(connections)
    connections.open(3)

    assert five == "<ConnectionPool 5 open, 5 idle>"
    assert repr(connections) == "<ConnectionPool 3 open, 3 idle>"


def test_a_request_waits_for_a_connection_only_where_none_is_open(
    connections: ConnectionPool,
) -> None:
    connections.exchange("GET", "/x", b"")
    first = connections.waits
    connections.exchange("GET", "/x", b"")

    assert (first, connections.waits) == (1, 1)
    assert repr(connections) == "<ConnectionPool 1 open, 1 idle>"


class Closing(BaseHTTPRequestHandler):
    """Answers in HTTP/1.0: each answer ends with its connection."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def closing() -> Iterator[ConnectionPool]:
    """Give connections to a server that closes each after its answer."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Closing) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        made = ConnectionPool(f"http://127.0.0.1:{server.server_port}", answer_within_s=5.0)
        yield made
        made.close()
        server.shutdown()
        thread.join(timeout=5)


def test_in_place_of_one_that_the_server_closed_another_stands_before_it_is_needed(
    closing: ConnectionPool,
) -> None:
    closing.open(2)
    for _ in range(6):
        closing.exchange("GET", "/x", b"")
        gevent.sleep(0.05)

    assert (closing.waits, closing.closings) == (0, 6)
    assert repr(closing) == "<ConnectionPool 2 open, 2 idle>"


def test_none_is_opened_anew_once_the_pool_is_closed(closing: ConnectionPool) -> None:
    closing.open(1)
    closing.exchange("GET", "/x", b"")
    closing.close()
    gevent.sleep(0.05)

    assert repr(closing) == "<ConnectionPool 0 open, 0 idle>"


def test_opening_what_cannot_be_opened_is_said_as_such() -> None:
    nobody = ConnectionPool("http://127.0.0.1:1", answer_within_s=1.0)

    with pytest.raises(NotSentError, match="connection refused"):
        nobody.open(1)


@pytest.fixture
def unaccepting() -> Iterator[int]:
    """Give a port whose queue is full, so that nobody who connects hears of it."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as waiting:
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.settimeout(0)
            with suppress(BlockingIOError):
                one.connect(server.getsockname())
        yield server.getsockname()[1]


def test_a_host_of_several_addresses_has_one_bound_for_them_all(
    unaccepting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
    addresses = [(*stream, ("127.0.0.1", unaccepting)) for _ in range(4)]
    monkeypatch.setattr(gevent.socket, "getaddrinfo", lambda *_: addresses)
    made = ConnectionPool(f"http://127.0.0.1:{unaccepting}", answer_within_s=0.3)
    begun_s = time.monotonic()

    with pytest.raises(NotSentError, match="time-out"):
        made.exchange("GET", "/x", b"")

    assert time.monotonic() - begun_s < 2 * 0.3
    assert repr(made) == "<ConnectionPool 0 open, 0 idle>"
