"""Connections to a server that answers at once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

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
