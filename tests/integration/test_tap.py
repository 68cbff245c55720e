"""A tap hands on what comes, byte for byte and end for end, and keeps a record of it."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import aiohttp
import pytest
from yarl import URL

from contract_tests.hops.received import without_retries
from testcontainers_fixtures.engines.free_ports import Ports
from testcontainers_fixtures.taps.records import TapReader
from testcontainers_fixtures.taps.tap_launch import SOURCE

HOST = "127.0.0.1"
WAIT_S = 10.0
EMPTY = b"HTTP/1.1 204 No Content\r\nX-Kind: none\r\n\r\n"
PING = b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
Talk = Callable[[socket.socket], None]


class Service:
    """A service of raw bytes: each connection is given to `talk`, one after the other."""

    def __init__(self, port: int, talk: Talk) -> None:
        self.talk = talk
        self.address = (HOST, port)
        self.leaving = threading.Event()
        self._server = socket.create_server(self.address)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                connection.settimeout(WAIT_S)
                with connection, suppress(OSError):
                    self.talk(connection)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.leaving.set()
        self._thread.join(WAIT_S)


@contextmanager
def tap_before(service_port: int, tap_port: int) -> Iterator[None]:
    about = {"TAP_BIND": HOST, "TAP_PORT": str(tap_port)}
    about |= {"TAP_HOST": HOST, "TAP_TARGET_PORT": str(service_port)}
    process = subprocess.Popen([sys.executable, "-c", SOURCE.read_text()], env=os.environ | about)
    try:
        wait_until(lambda: connects(tap_port), "the tap")
        yield
        assert process.poll() is None
    finally:
        process.kill()
        process.wait(WAIT_S)


def connects(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), WAIT_S):
        return True
    return False


def wait_until(holds: Callable[[], bool], what: str) -> None:
    until_s = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < until_s, f"Waited {WAIT_S} s for {what}."
        time.sleep(0.01)


@contextmanager
def tapped(talk: Talk) -> Iterator[tuple[int, TapReader]]:
    ports = Ports()
    service_port, tap_port = ports.pick(), ports.pick()
    service = Service(service_port, talk)
    try:
        with tap_before(service_port, tap_port), TapReader(f"http://{HOST}:{tap_port}") as reader:
            yield tap_port, reader
    finally:
        service.close()


def read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := connection.recv(count - len(data))):
        data += more
    return data


def read_all(connection: socket.socket) -> bytes:
    data = b""
    while more := connection.recv(65_536):
        data += more
    return data


def answering(*turns: tuple[bytes, bytes]) -> Talk:
    """Return a service that expects each request's bytes in turn and gives its answer."""

    def talk(connection: socket.socket) -> None:
        first = read(connection, 1)
        if not first:
            return  # the tap asks whether anybody listens
        for number, (request, answer) in enumerate(turns):
            got = (first if number == 0 else b"") + read(connection, len(request) - (not number))
            connection.sendall(answer if got == request else b"HTTP/1.1 500 Other\r\n\r\n" + got)

    return talk


ROWS = [
    pytest.param(
        b"POST /a%2Fb/?x=1&x=&y=%20+&& HTTP/1.1\r\nhOST: a\r\nX-Two: 1\r\nX-Two:  2 \r\n"
        b"Content-Length: 5\r\n\r\n\x00\r\n\xff\n",
        b'HTTP/1.1 201 Created\r\nContent-Length: 3\r\nETag: W/"\xe9"\r\n\r\nabc',
        b"\x00\r\n\xff\n",
        b"abc",
        id="bytes as they are",
    ),
    pytest.param(
        b"PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n"
        b"Trailer: t\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n",
        b"abcde",
        b"z",
        id="chunked both ways",
    ),
    pytest.param(
        b"HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n",
        b"",
        b"",
        id="HEAD",
    ),
    pytest.param(
        b"GET /n HTTP/1.1\r\nHost: a\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n",
        b"",
        b"",
        id="304",
    ),
    pytest.param(
        b"POST /e HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + EMPTY,
        b"hi",
        b"",
        id="interim answers",
    ),
]


@pytest.mark.parametrize(("request_bytes", "answer", "sent", "given"), ROWS)
def test_what_passes_is_handed_on_unchanged_and_recorded(
    request_bytes: bytes, answer: bytes, sent: bytes, given: bytes
) -> None:
    turns = ((request_bytes, answer), (PING, EMPTY))  # the connection is good for another call
    with tapped(answering(*turns)) as (port, reader):
        with socket.create_connection((HOST, port), WAIT_S) as client:
            got = []
            for request, expected in turns:
                client.sendall(request)
                got.append(read(client, len(expected)))
        arrived = reader.arrivals()

    assert got == [answer, EMPTY]
    start = request_bytes.partition(b"\r\n")[0].decode("latin-1")
    assert [one.request.start for one in arrived] == [start, "GET /ping HTTP/1.1"]
    first = arrived[0]
    assert first.answer is not None
    assert (first.request.content, first.answer.content) == (sent, given)
    assert (first.request.complete, first.answer.complete) == (True, True)
    assert first.request.is_body(sent)
    assert not first.request.is_body(sent + b" ")


def test_headers_are_recorded_in_order_with_repeated_ones_and_raw_bytes() -> None:
    request, answer = ROWS[0].values[0], ROWS[0].values[1]
    assert isinstance(request, bytes)
    assert isinstance(answer, bytes)
    with tapped(answering((request, answer))) as (port, reader):
        with socket.create_connection((HOST, port), WAIT_S) as client:
            client.sendall(request)
            read(client, len(answer))
        [one] = reader.arrivals()

    assert one.request.headers[:3] == (("hOST", "a"), ("X-Two", "1"), ("X-Two", "2"))
    assert one.target == "/a%2Fb/?x=1&x=&y=%20+&&"
    assert one.answer is not None
    assert one.answer.joined()["etag"] == 'W/"\xe9"'


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    def talk(connection: socket.socket) -> None:
        if read(connection, len(PING)):
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nuntil the end")

    with tapped(talk) as (port, reader), socket.create_connection((HOST, port), WAIT_S) as client:
        client.sendall(PING)
        got = read_all(client)
        [one] = reader.arrivals()

    assert got.endswith(b"until the end")
    assert one.answer is not None
    assert (one.answer.content, one.answer.complete) == (b"until the end", True)


def test_a_reset_by_the_service_reaches_the_client_as_a_reset() -> None:
    def talk(connection: socket.socket) -> None:
        if read(connection, 4):
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    with tapped(talk) as (port, reader), socket.create_connection((HOST, port), WAIT_S) as client:
        client.sendall(PING)
        with pytest.raises(ConnectionResetError):
            read_all(client)
        [one] = reader.arrivals()

    assert (one.answer, one.broken_off) == (None, True)


async def test_what_a_client_sends_again_by_itself_counts_once_where_it_may_be_sent_again() -> None:
    kept = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    def talk(connection: socket.socket) -> None:
        """Answer the first request of a connection and none more, as one that was idle too long."""
        asked = b""
        while asked.count(b"\r\n\r\n") < 2 and (more := connection.recv(65_536)):
            if not asked:
                connection.sendall(kept)
            asked += more

    with tapped(talk) as (port, reader):
        url = URL(f"http://{HOST}:{port}/rows")
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                async with session.get(url):
                    pass
        arrived = reader.arrivals()

    assert [one.answer is None for one in arrived] == [False, True, False]
    assert without_retries(arrived) == [arrived[0], arrived[2]]


def test_what_is_on_its_way_was_not_sent_again_by_its_client() -> None:
    held: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        if read(connection, len(PING)) == PING:
            held.append(connection.dup())

    with tapped(talk) as (port, reader):
        clients = [socket.create_connection((HOST, port), WAIT_S) for _ in range(2)]
        for number, client in enumerate(clients, start=1):
            client.sendall(PING)
            wait_until(partial(_are, held, number), "the arrival")
        held[1].sendall(EMPTY)
        read(clients[1], len(EMPTY))
        arrived = reader.arrivals()
        for one in (*clients, *held):
            one.close()

    assert [one.answer is None for one in arrived] == [True, False]
    assert len(without_retries(arrived)) == 2


def test_a_request_broken_off_by_the_client_ends_at_the_service() -> None:
    ended = threading.Event()

    def talk(connection: socket.socket) -> None:
        if read(connection, 4):
            with suppress(OSError):
                read_all(connection)
            ended.set()

    with tapped(talk) as (port, reader), TapReader(f"http://{HOST}:{port}") as later:
        with socket.create_connection((HOST, port), WAIT_S) as client:
            client.sendall(b"POST /x HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")
            wait_until(lambda: bool(_arrived(reader)), "the arrival")
        assert ended.wait(WAIT_S)
        [one] = later.arrivals()

    assert (one.answer, one.broken_off) == (None, True)


def _are(held: list[socket.socket], count: int) -> bool:
    return len(held) == count


def _arrived(reader: TapReader) -> bool:
    return bool(reader.arrivals())


def test_what_is_no_http_passes_all_the_same() -> None:
    with tapped(answering((b"\x00\x01nothing like it", b"\x02so there"))) as (port, reader):
        with socket.create_connection((HOST, port), WAIT_S) as client:
            client.sendall(b"\x00\x01nothing like it")
            got = read(client, len(b"\x02so there"))
        arrived = reader.arrivals()

    assert (got, arrived) == (b"\x02so there", [])


def test_a_large_body_passes_whole_and_is_kept_in_part_with_its_digest() -> None:
    body = bytes(range(256)) * 16_384  # 4 MiB
    head = f"POST /big HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with tapped(answering((head + body, EMPTY))) as (port, reader):
        with socket.create_connection((HOST, port), WAIT_S) as client:
            client.sendall(head + body)
            got = read(client, len(EMPTY))
        [one] = reader.arrivals()

    assert got == EMPTY
    assert len(one.request.content) == 1024 * 1024
    assert one.request.is_body(body)


def test_a_service_that_is_gone_refuses_connections_at_its_tap_until_it_is_back() -> None:
    ports = Ports()
    service_port, tap_port = ports.pick(), ports.pick()
    answer = answering((PING, EMPTY))

    def stay(connection: socket.socket) -> None:
        answer(connection)
        if connected.is_set():
            service.leaving.wait(WAIT_S)

    connected = threading.Event()
    service = Service(service_port, stay)
    with tap_before(service_port, tap_port):
        connected.set()
        with socket.create_connection((HOST, tap_port), WAIT_S) as client:
            client.sendall(PING)
            read(client, len(EMPTY))
            service.close()
            ended = client.recv(1)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((HOST, tap_port), WAIT_S)
        service = Service(service_port, answering((PING, EMPTY)))
        wait_until(lambda: connects(tap_port), "the tap to listen again")
        service.close()

    assert ended == b""
