"""What goes through the door arrives as it was sent, with the credentials; so does the answer."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from testcontainers_fixtures.auth_proxy import opened_door
from testcontainers_fixtures.engines.free_ports import Ports

# A client keeps its connection, another one waits for an answer, and the door is closed upon both.
CLOSED_UPON = """
import socket, threading
from testcontainers_fixtures.auth_proxy import opened_door
silent = socket.create_server(("127.0.0.1", 0))
with opened_door(f"http://127.0.0.1:{silent.getsockname()[1]}", {"X-API-Key": "k"}) as url:
    at = ("127.0.0.1", int(url.rpartition(":")[2]))
    idle, waiting = socket.create_connection(at), socket.create_connection(at)
    waiting.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    came, _ = silent.accept()
    came.recv(1)
print(threading.active_count())
for one in (idle, waiting, came, silent):
    one.close()
"""
KEY = {"X-API-Key": "k-1"}
MIB = 1024 * 1024


class Gateway(BaseHTTPRequestHandler):
    """Answers with the body it got; its headers tell what came."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = self.headers["Content-Length"]
        body = self.rfile.read(int(length)) if length else b"".join(self._chunks())
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Asked", self.requestline)
        self.send_header("X-Keys", ",".join(self.headers.get_all("X-API-Key", [])))
        self.end_headers()
        self.wfile.write(body)

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    do_PUT = do_POST  # noqa: N815 -- the standard library's names

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Content-Length", "0")
        self.send_header("X-Host", self.headers["Host"])
        self.send_header("Location", f"http://{self.headers['Host']}/elsewhere")
        self.end_headers()

    def setup(self) -> None:
        super().setup()
        self.server.came += 1  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as its base class
        """Say nothing."""


class Crowded(ThreadingHTTPServer):
    """Lets a crowd wait to be accepted: with 5 places, a busy machine resets who comes sixth."""

    request_queue_size = 128
    came = 0


@pytest.fixture(scope="module")
def server() -> Iterator[Crowded]:
    server = Crowded(("127.0.0.1", 0), Gateway)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture(scope="module")
def gateway(server: Crowded) -> str:
    return f"http://127.0.0.1:{server.server_port}"


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


def test_a_connection_that_both_ends_keep_is_kept(server: Crowded, door: str) -> None:
    before = server.came
    with httpx.Client(base_url=door, timeout=10) as client:
        for size in (0, 10, 100_000, 1, 2):
            assert client.post("/a", content=b"x" * size).headers.get("Connection") is None

    assert server.came - before == 1


def test_whoever_comes_with_a_key_of_his_own_comes_with_that_alone(door: str) -> None:
    wrong = httpx.put(door, content=b"x", headers={"X-API-Key": "mine"}, timeout=10)
    stands_in = httpx.put(door, content=b"x", headers={"X-API-Key": "$TOKEN"}, timeout=10)

    assert (wrong.headers["X-Keys"], stands_in.headers["X-Keys"]) == ("mine", "k-1")


def test_a_redirection_leads_back_through_the_door_and_the_gateway_sees_its_own_name(
    gateway: str, door: str
) -> None:
    answer = httpx.get(door, timeout=10)

    assert answer.headers["X-Host"] == gateway.removeprefix("http://")
    assert answer.headers["Location"] == f"{door}/elsewhere"


def test_a_body_in_chunks_passes(door: str) -> None:
    answer = httpx.put(f"{door}/a", content=iter([b"one ", b"two"]), timeout=10)

    assert answer.content == b"one two"


def test_a_gateway_that_closes_a_kept_connection_is_connected_to_anew(
    door: str,
) -> None:
    with httpx.Client(base_url=door, timeout=10) as client:
        client.post("/a", content=b"x", headers={"Connection": "keep-alive"})
        Gateway.timeout = 0.05
        client.post("/a", content=b"x")
        time.sleep(0.3)
        Gateway.timeout = None
        answer = client.post("/a", content=b"x")

    assert answer.content == b"x"


def test_what_a_door_is_closed_upon_leaves_no_task_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", CLOSED_UPON],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "1", "")
