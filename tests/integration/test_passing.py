"""What of a message passes gateway and resolver, in both directions, byte for byte."""

import gzip
import http.client
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
from aiohttp import web
from anyio.from_thread import start_blocking_portal
from multidict import CIMultiDict

from system.wire.connection import BrokerSettings
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.lone_part import alone
from tests.integration.wire_ends import resolving, serving

pytestmark = pytest.mark.timeout(120)

Pairs = list[tuple[str, str]]
ROWS: Final = b'[{"id": 1}]'
PACKED: Final = gzip.compress(ROWS, mtime=0)
# An answer a name: status, headers, body.
ANSWERS: Final[dict[str, tuple[int, Pairs, bytes]]] = {
    "packed": (
        200,
        [
            ("Content-Type", "application/json"),
            ("Content-Encoding", "gzip"),
            ("Vary", "Accept-Encoding"),
        ],
        PACKED,
    ),
    "a part": (
        206,
        [
            ("Content-Type", "text/csv"),
            ("Content-Range", "bytes 0-9/100"),
            ("Accept-Ranges", "bytes"),
        ],
        b"0123456789",
    ),
    "cookies and links": (
        200,
        [
            ("Content-Type", "application/json"),
            ("Set-Cookie", "a=1; Path=/; Expires=Wed, 09 Jun 2027 10:18:14 GMT"),
            ("Set-Cookie", "b=2"),
            ("Content-Disposition", 'attachment; filename="x.csv"'),
            ("Link", '</clients?offset=10>; rel="next"'),
            ("Link", '</clients>; rel="first"'),
        ],
        b"[]",
    ),
    "about the body": (
        200,
        [
            ("Content-Type", "text/plain"),
            ("Content-Language", "is"),
            ("Content-Location", "/clients/1.txt"),
            ("Content-Digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"),
            ("Repr-Digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"),
            ("Digest", "sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="),
            ("ETag", '"7"'),
            ("Last-Modified", "Tue, 01 Dec 2026 08:00:00 GMT"),
        ],
        b"one\r\ntwo\x00three",
    ),
    "about the resource": (
        410,
        [
            ("Content-Type", "application/problem+json"),
            ("Allow", "GET, HEAD"),
            ("Age", "3"),
            ("Expires", "0"),
            ("Cache-Control", "no-store"),
            ("Deprecation", "@1688169599"),
            ("Sunset", "Wed, 11 Nov 2026 23:59:59 GMT"),
            ("Preference-Applied", "return=minimal"),
            ("X-Total-Count", "41"),
            ("Content-Security-Policy", "default-src 'none'"),
        ],
        b"{}",
    ),
    "as it was": (304, [("ETag", '"7"'), ("Cache-Control", "max-age=60")], b""),
    "of the way": (
        200,
        [
            ("Content-Type", "application/json"),
            ("Connection", "X-Private, keep-alive"),
            ("X-Private", "of this connection alone"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Authenticate", "Basic"),
            ("Proxy-Connection", "keep-alive"),
            ("TE", "trailers"),
            ("Trailer", "X-After"),
            ("Alt-Svc", 'h2="10.0.0.7:8001"'),
            ("Server-Timing", "db;dur=53"),
            ("X-Request-Id", "another"),
            ("X-Kept", "yes"),
        ],
        b"[]",
    ),
}
# What the gateway says itself.
OWN: Final = {"date", "server", "server-timing", "x-request-id", "content-length"}


class Service:
    """Answers as its query asks, and notes each request."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Pairs, bytes]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        pairs = [(k.decode().lower(), v.decode("latin-1")) for k, v in request.raw_headers]
        self.asked.append((request.method, pairs, await request.read()))
        status, headers, body = ANSWERS[request.query.get("surname", "packed")]
        return web.Response(status=status, headers=CIMultiDict(headers), body=body)


@asynccontextmanager
async def resolved(access: BrokerAccess) -> AsyncIterator[Service]:
    """Give the service behind a resolver."""
    service = Service()
    app = web.Application()
    app.add_routes([web.route("*", "/{path:.*}", service.answer)])
    settings = BrokerSettings(url=access.amqp_url)
    async with (
        serving(app) as port,
        resolving(settings, {"clients": f"http://127.0.0.1:{port}"}),
    ):
        yield service


@contextmanager
def behind_a_gateway(access: BrokerAccess, folder: Path) -> Iterator[tuple[str, Service]]:
    """Give the gateway's address and the service."""
    settings = {"RMQ_PORT": str(access.port), "RMQ_PASS": access.password}
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(resolved(access)) as service,
        alone(folder, "gateway", workers=1, settings=settings, ready="GET /ready") as gateway,
    ):
        yield gateway.url, service


@pytest.fixture(scope="module")
def system(
    access: BrokerAccess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Service]]:
    with behind_a_gateway(access, tmp_path_factory.mktemp("gateway")) as given:
        yield given


def fetched(
    base: str, target: str, method: str = "GET", headers: Pairs | None = None, body: bytes = b""
) -> tuple[int, Pairs, bytes]:
    """Return status, headers in lower case and the body's bytes, as they came."""
    url = httpx.URL(base)
    connection = http.client.HTTPConnection(url.host, url.port, timeout=10)
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in headers or []:
        connection.putheader(name, value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, [(n.lower(), v) for n, v in answer.getheaders()], content


def lower(pairs: Pairs) -> Pairs:
    return [(name.lower(), value) for name, value in pairs]


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "of the way"])
def test_what_belongs_to_an_answer_passes_with_it(system: tuple[str, Service], name: str) -> None:
    status, headers, body = ANSWERS[name]
    seen, passed, content = fetched(system[0], f"/clients?surname={name.replace(' ', '+')}")

    assert (seen, content) == (status, body)
    assert [pair for pair in passed if pair[0] not in OWN] == lower(headers)
    lengths = [value for header, value in passed if header == "content-length"]
    assert lengths == ([] if status == 304 else [str(len(body))])


def test_what_belongs_to_the_way_does_not_pass(system: tuple[str, Service]) -> None:
    _, passed, _ = fetched(system[0], "/clients?surname=of+the+way")

    kept = [pair for pair in passed if pair[0] not in OWN]
    assert kept == [("content-type", "application/json"), ("x-kept", "yes")]
    assert "db;dur=53" not in dict(passed)["server-timing"]
    assert [value for name, value in passed if name == "x-request-id"] != ["another"]


@pytest.mark.parametrize("name", ["packed", "a part", "as it was", "about the resource"])
def test_head_travels_as_head_and_keeps_the_length_that_a_body_would_have(
    system: tuple[str, Service], name: str
) -> None:
    target = f"/clients?surname={name.replace(' ', '+')}"
    status, passed, _ = fetched(system[0], target)
    seen, told, nothing = fetched(system[0], target, "HEAD")
    lasting = {"content-length", *(n.lower() for n, _ in ANSWERS[name][1])}
    kept, had = (sorted(p for p in pairs if p[0] in lasting) for pairs in (told, passed))

    assert system[1].asked[-1][0] == "HEAD"
    assert (seen, nothing) == (status, b"")
    assert kept == had


ASKED: Final[Pairs] = [
    ("accept", "text/csv"),
    ("accept-encoding", "gzip;q=0.5, identity"),
    ("accept-language", "is"),
    ("cache-control", "no-cache"),
    ("cookie", "a=1; b=2"),
    ("if-range", '"7"'),
    ("prefer", "return=minimal"),
    ("prefer", "wait=2"),
    ("range", "bytes=0-9"),
    ("want-repr-digest", "sha-256=10"),
]


def test_what_a_client_asks_for_reaches_the_service(system: tuple[str, Service]) -> None:
    fetched(system[0], "/clients", headers=ASKED)
    _, arrived, _ = system[1].asked[-1]

    assert [pair for pair in arrived if pair[0] in dict(ASKED)] == ASKED


def test_a_body_arrives_with_all_that_it_needs_to_be_read(system: tuple[str, Service]) -> None:
    body = b'{"surname": "a", "name": "b", "country": "c"}'
    about = [
        ("content-type", "application/json"),
        ("content-encoding", "x-none"),
        ("content-language", "is"),
        ("content-digest", "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"),
    ]
    fetched(system[0], "/clients", "POST", about, body)
    method, arrived, content = system[1].asked[-1]

    assert (method, content) == ("POST", body)
    assert [pair for pair in arrived if pair[0] in dict(about)] == about


def test_what_a_client_says_of_the_way_or_of_itself_does_not_reach_the_service(
    system: tuple[str, Service],
) -> None:
    said = [
        ("connection", "close, prefer"),
        ("prefer", "wait=2"),
        ("te", "trailers"),
        ("keep-alive", "timeout=5"),
        ("proxy-authorization", "Basic eDp5"),
        ("forwarded", "for=10.0.0.1"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-deadline", "never"),
        ("x-user-id", "1"),
    ]
    fetched(system[0], "/clients", headers=said)
    _, arrived, _ = system[1].asked[-1]
    told = [value for name, value in arrived if name == "x-deadline"]

    assert not {name for name, _ in arrived} & ({n for n, _ in said} - {"x-deadline", "connection"})
    assert len(told) == 1
    assert told != ["never"]
