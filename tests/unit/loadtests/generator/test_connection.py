"""One connection, whose other end the test holds."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

from collections.abc import Iterator
from socket import socket

import gevent
import pytest
from gevent import socket as gevent_socket

from loadtests.generator.connection import GatewayConnection, NoResponseError

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell"
HALF = len(ANSWER) // 2
PAUSE_S = 0.01
WITHIN_S = 5.0


@pytest.fixture
def ends() -> Iterator[tuple[GatewayConnection, socket]]:
    """Give a connection and its other end."""
    ours, theirs = gevent_socket.socketpair()  # type: ignore[attr-defined]  # its types lack it
    connection = GatewayConnection(ours, tls=False)
    try:
        yield connection, theirs
    finally:
        connection.close()
        theirs.close()


Ends = tuple[GatewayConnection, socket]


def answering(theirs: socket, *blocks: bytes) -> None:
    theirs.recv(1_000)
    for block in blocks:
        gevent.sleep(PAUSE_S)
        theirs.sendall(block)


def test_requests_follow_each_other_on_it(ends: Ends) -> None:
    connection, theirs = ends
    for _ in range(3):
        answer = gevent.spawn(answering, theirs, ANSWER)

        assert connection.exchange("GET", b"GET / ...", within_s=WITHIN_S).body == b"well"
        assert connection.stands
        assert connection.quiet()
        answer.get(timeout=WITHIN_S)


def test_an_answer_may_come_in_pieces(ends: Ends) -> None:
    connection, theirs = ends
    gevent.spawn(answering, theirs, ANSWER[:HALF], ANSWER[HALF:-1], ANSWER[-1:])

    assert connection.exchange("GET", b"GET / ...", within_s=WITHIN_S).body == b"well"


def test_an_answer_may_come_before_its_request_is_whole(ends: Ends) -> None:
    connection, theirs = ends
    request = b"x" * 20_000_000  # more than a socket's buffer takes

    def early() -> None:
        theirs.recv(1_000)
        theirs.sendall(ANSWER)
        gevent.sleep(PAUSE_S)
        rest = len(request) - 1_000
        while rest > 0:
            rest -= len(theirs.recv(1_000_000))

    gevent.spawn(early)

    assert connection.exchange("PUT", request, within_s=WITHIN_S).status == 200


def test_one_that_was_closed_while_it_idled_takes_no_request(ends: Ends) -> None:
    connection, theirs = ends
    gevent.spawn(answering, theirs, ANSWER)
    connection.exchange("GET", b"GET / ...", within_s=WITHIN_S)
    theirs.close()
    gevent.sleep(PAUSE_S)

    assert not connection.quiet()


def test_no_answer_within_the_bound_is_said_as_such_and_spends_it(ends: Ends) -> None:
    connection, _ = ends

    with pytest.raises(NoResponseError, match="time-out"):
        connection.exchange("GET", b"GET / ...", within_s=0.05)
    assert not connection.stands


def test_a_connection_that_breaks_off_is_no_answer(ends: Ends) -> None:
    connection, theirs = ends
    gevent.spawn(answering, theirs, ANSWER[:HALF]).link(lambda _: theirs.close())

    with pytest.raises(NoResponseError, match="connection lost"):
        connection.exchange("GET", b"GET / ...", within_s=WITHIN_S)
