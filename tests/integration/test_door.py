"""What goes through the door arrives as it was sent, with the credentials; so does the answer."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from testcontainers_fixtures.door import opened_door
from testcontainers_fixtures.engines.ports import Ports

KEY = {"X-API-Key": "k-1"}
MIB = 1024 * 1024


class Gateway(BaseHTTPRequestHandler):
    """Answers with the body it got; its headers tell what came."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Asked", self.requestline)
        self.send_header("X-Keys", ",".join(self.headers.get_all("X-API-Key", [])))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_POST  # noqa: N815 -- the standard library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as its base class
        """Say nothing."""


class Crowded(ThreadingHTTPServer):
    """Lets a crowd wait to be accepted: with 5 places, a busy machine resets who comes sixth."""

    request_queue_size = 128


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    server = Crowded(("127.0.0.1", 0), Gateway)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture(scope="module")
def door(gateway: str) -> Iterator[str]:
    with opened_door(gateway, KEY) as url:
        yield url


@pytest.mark.parametrize("size", [0, 1, 70_000, 4 * MIB])
def test_a_body_of_any_length_passes_both_ways_as_it_is(door: str, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    answer = httpx.post(f"{door}/a/%2F?b=%20&b=", content=body, timeout=10)

    assert (answer.status_code, answer.content) == (201, body)
    assert answer.headers["X-Asked"] == "POST /a/%2F?b=%20&b= HTTP/1.1"
    assert answer.headers["X-Keys"] == "k-1"


def test_a_client_that_keeps_connections_gets_the_credentials_into_each_request(door: str) -> None:
    with httpx.Client(base_url=door, timeout=10) as client:
        keys = [client.put("/a", content=b"x").headers["X-Keys"] for _ in range(5)]

    assert keys == ["k-1"] * 5


def test_many_at_a_time_get_their_own_answers(door: str) -> None:
    def echoed(n: int) -> bool:
        body = f"{n} ".encode() * 10_000
        return httpx.post(f"{door}/{n}", content=body, timeout=20).content == body

    with ThreadPoolExecutor(16) as crowd:
        assert all(crowd.map(echoed, range(64)))


def test_a_gateway_that_is_gone_is_a_connection_that_ends_without_an_answer() -> None:
    nobody = f"http://127.0.0.1:{Ports().pick()}"
    with opened_door(nobody, KEY) as url, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url, timeout=10)


def test_a_client_that_says_nothing_holds_nobody_up(door: str) -> None:
    where = httpx.URL(door)
    with socket.create_connection((where.host, where.port or 0), timeout=10) as silent:
        silent.sendall(b"POST /a HTTP/1.1\r\n")

        assert httpx.post(door, content=b"x", timeout=10).status_code == 201
