"""Connections to a server that answers at once."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from loadtests.connections import Connections, NotSent


@pytest.fixture
def connections() -> Iterator[Connections]:
    """Start a server that does nothing and give connections to it."""
    command = [sys.executable, "-m", "loadtests.null_responder", str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout
        port = int(server.stdout.readline())
        made = Connections(f"http://127.0.0.1:{port}", answer_within_s=5.0)
        try:
            yield made
        finally:
            made.close()
            server.kill()


def test_as_many_stand_as_were_asked_for_no_fewer_and_no_more(connections: Connections) -> None:
    connections.open(5)
    five = repr(connections)
    connections.open(3)

    assert five == "<Connections 5 open, 5 idle>"
    assert repr(connections) == "<Connections 3 open, 3 idle>"


def test_a_request_waits_for_a_connection_only_where_none_is_open(
    connections: Connections,
) -> None:
    connections.exchange("GET", "/x", b"")
    first = connections.waits
    connections.exchange("GET", "/x", b"")

    assert (first, connections.waits) == (1, 1)
    assert repr(connections) == "<Connections 1 open, 1 idle>"


def test_opening_what_cannot_be_opened_is_said_as_such() -> None:
    nobody = Connections("http://127.0.0.1:1", answer_within_s=1.0)

    with pytest.raises(NotSent, match="connection refused"):
        nobody.open(1)
