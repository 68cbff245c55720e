"""A body that is too large is refused over a real connection, whoever sends it in whichever way."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from testcontainers_fixtures.engines.child import Child
from tests.integration.lone_part import alone

pytestmark = pytest.mark.timeout(120)

MOST_BYTES = 1024 * 1024


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
