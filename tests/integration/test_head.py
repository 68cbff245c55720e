"""HEAD is answered as GET is, without a body, by every part that answers GET (RFC 9110, 9.3.2)."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from testcontainers_fixtures.engines.child import Child
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.lone_part import alone

pytestmark = pytest.mark.timeout(120)

# What tells one answer from the next of the same kind.
VOLATILE = {"date", "server-timing", "x-request-id"}
JOHN = {"surname": "John", "name": "Malkovitch", "country": "USA"}
Heads = tuple[int, dict[str, str]]


@pytest.fixture(scope="module")
def parts(
    access: BrokerAccess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Child]]:
    """Give a small system: every kind of process that answers HTTP, with one row."""
    folder = tmp_path_factory.mktemp("parts")
    broker = {"RMQ_PORT": str(access.port), "RMQ_PASS": access.password}
    database = {"CLIENTS_DATABASE": str(folder / "clients.sqlite3")}
    with ExitStack() as held:

        def start(part: str, ready: str, **settings: str) -> Child:
            started = alone(folder / part, part, workers=1, settings=settings, ready=ready)
            return held.enter_context(started)

        clients = start("srv_clients", "GET /ready", **database)
        supplier = start("supplier", "GET /ready")
        resolver = start("resolver", "GET /ready", CLIENTS_URL=clients.url, **broker)
        gateway = start("gateway", "GET /ready", **broker)
        assert httpx.post(f"{clients.url}/clients", json=JOHN, timeout=5).status_code == 201
        yield {
            "srv_clients": clients,
            "supplier": supplier,
            "resolver": resolver,
            "gateway": gateway,
        }


def exchanged(part: Child, method: str, target: str) -> tuple[Heads, bytes]:
    """Return status, headers and every byte behind them, until the connection ends."""
    url = httpx.URL(part.url)
    with socket.create_connection((url.host, url.port or 0), timeout=10) as client:
        client.sendall(
            f"{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
        )
        data = b"".join(iter(lambda: client.recv(65_536), b""))
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")
    pairs = (one.split(": ", 1) for one in rest)
    headers = {name.lower(): value for name, value in pairs if name.lower() not in VOLATILE}
    return (int(line.split()[1]), headers), body


@pytest.mark.parametrize(
    ("part", "target", "status"),
    [
        (part, target, status)
        for part in ("srv_clients", "gateway")
        for target, status in [
            ("/clients", 200),
            ("/clients?limit=1", 200),
            ("/clients/1", 200),
            ("/clients/2", 404),
            ("/clients?limit=0", 422),
            ("/nothing", 404),
            ("/health", 200),
            ("/ready", 200),
            ("/openapi.json", 200),
        ]
    ]
    + [
        ("resolver", "/health", 200),
        ("resolver", "/ready", 200),
        ("supplier", "/ready", 200),
        ("supplier", "/stock/7", 200),
    ],
)
def test_head_is_get_without_its_body(
    parts: dict[str, Child], part: str, target: str, status: int
) -> None:
    asked, body = exchanged(parts[part], "GET", target)
    told, nothing = exchanged(parts[part], "HEAD", target)

    assert asked[0] == status
    assert told == asked
    assert told[1]["content-length"] == str(len(body))
    assert nothing == b""


@pytest.mark.parametrize(
    ("part", "method", "target", "allowed"),
    [
        ("srv_clients", "PUT", "/clients", {"GET", "HEAD", "POST"}),
        ("gateway", "PUT", "/clients", {"GET", "HEAD", "POST"}),
        ("gateway", "POST", "/clients/1", {"DELETE", "GET", "HEAD", "PATCH"}),
        ("gateway", "POST", "/health", {"GET", "HEAD"}),
        ("resolver", "POST", "/ready", {"GET", "HEAD"}),
        ("supplier", "POST", "/ready", {"GET", "HEAD"}),
    ],
)
def test_a_405_says_that_head_is_there_too(
    parts: dict[str, Child], part: str, method: str, target: str, allowed: set[str]
) -> None:
    (status, headers), _ = exchanged(parts[part], method, target)

    assert status == 405
    assert {one.strip() for one in headers["allow"].split(",")} == allowed


def test_no_document_speaks_of_head(parts: dict[str, Child]) -> None:
    for part in ("srv_clients", "gateway"):
        paths = httpx.get(f"{parts[part].url}/openapi.json", timeout=5).json()["paths"]

        assert not any("head" in operations for operations in paths.values())
