"""A body that is too large is refused over a real connection, whoever sends it in whichever way."""

import resource
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from testcontainers_fixtures.engines.child import Child
from tests.integration.lone_part import alone, workers_of

pytestmark = pytest.mark.timeout(120)

MOST_BYTES = 1024 * 1024
MOST_HELD = 32  # bodies of the longest kind in one worker
QUIET_S = 1.0  # what it has to say it says at once
# What a worker may use for so many bodies: each is gathered in one piece and copied once.
MOST_GROWTH_BYTES = 3 * MOST_HELD * MOST_BYTES


@pytest.fixture(scope="module", params=["gateway", "srv_clients"])
def part(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Child]:
    """Give a gateway (its broker is not there), and a service."""
    folder = tmp_path_factory.mktemp(request.param)
    settings = {
        "gateway": {"RMQ_PASS": "unused", "RMQ_PORT": "1"},
        "srv_clients": {"CLIENTS_DATABASE": str(folder / "clients.sqlite3")},
    }
    with alone(folder, request.param, workers=1, settings=settings[request.param]) as running:
        yield running


def told(part: Child, head: str, body: bytes) -> bytes:
    """Return all that the part answers to these bytes, until it closes the connection."""
    where = urlsplit(part.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        start = f"POST /clients HTTP/1.1\r\nHost: part\r\nContent-Type: application/json\r\n{head}"
        connection.sendall(f"{start}\r\n\r\n".encode())
        answer = b""
        try:
            connection.sendall(body)
            while piece := connection.recv(65_536):
                answer += piece
        except ConnectionError:
            answer += connection.recv(65_536) if not answer else b""
        return answer


def test_a_length_is_enough_to_be_refused(part: Child) -> None:
    answer = told(part, f"Content-Length: {64 * MOST_BYTES}", b"")

    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"reason":"too_large"' in answer
    assert b"connection: close" in answer.lower()


def test_chunks_are_refused_once_they_are_too_many(part: Child) -> None:
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    answer = told(part, "Transfer-Encoding: chunked", chunk * 17)

    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("chunked", [False, True])
def test_an_ordinary_client_that_sends_it_all_hears_why(part: Child, chunked: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    body = b" " * (8 * MOST_BYTES)
    content = (body[n : n + 65_536] for n in range(0, len(body), 65_536)) if chunked else body
    answer = httpx.post(f"{part.url}/clients", content=content, timeout=10)

    assert (answer.status_code, answer.json()["reason"]) == (413, "too_large")


def test_a_body_of_the_very_limit_is_taken(part: Child) -> None:
    row = b'{"surname":"a","name":"b","country":"c"}'
    headers = {"Content-Type": "application/json"}
    body = row + b" " * (MOST_BYTES - len(row))
    answer = httpx.post(f"{part.url}/clients", content=body, headers=headers, timeout=10)

    assert answer.status_code in {201, 503}  # the gateway comes as far as its broker


def test_bodies_that_never_end_take_no_more_room_than_there_is(part: Child) -> None:
    [worker] = workers_of(part)
    before_bytes = held_by(worker)
    with ExitStack() as open_:
        senders = [open_.enter_context(sender(part)) for _ in range(MOST_HELD + 8)]
        refused = refusals(senders)
        grown_bytes = held_by(worker) - before_bytes
        alive = httpx.get(f"{part.url}/health", timeout=10)
    row = {"surname": "a", "name": "b", "country": "c"}
    deadline_s = time.monotonic() + 10
    while (again := httpx.post(f"{part.url}/clients", json=row, timeout=10)).status_code == 503:
        if again.json()["reason"] != "overload" or time.monotonic() > deadline_s:
            break
        time.sleep(0.05)

    assert len(refused) == 8
    assert all(b"overload" in answer and b"retry-after: 1" in answer.lower() for answer in refused)
    assert grown_bytes <= MOST_GROWTH_BYTES
    assert alive.status_code == 200
    assert again.status_code == 201 or again.json()["reason"] == "broker_down"


@contextmanager
def sender(part: Child) -> Iterator[socket.socket]:
    """Give a connection on which a body of the longest kind lacks its last byte."""
    where = urlsplit(part.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        head = f"POST /clients HTTP/1.1\r\nHost: part\r\nContent-Length: {MOST_BYTES}\r\n\r\n"
        connection.sendall(head.encode())
        with suppress(ConnectionError):
            connection.sendall(b" " * (MOST_BYTES - 1))
        yield connection


def refusals(senders: list[socket.socket]) -> list[bytes]:
    """Return what the part says to senders that have not ended, once it has no more to say."""
    heard: list[socket.socket] = []
    while more := select.select([one for one in senders if one not in heard], [], [], QUIET_S)[0]:
        heard += more
    return [one.recv(65_536) for one in heard]


def held_by(worker: int) -> int:
    """Return a process's memory, in bytes."""
    text = Path(f"/proc/{worker}/statm").read_text(encoding="ascii")
    return int(text.split()[1]) * resource.getpagesize()
