"""The resolver asks its services and nobody else, whatever a path, an answer or a host says."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from system.rpc.circuit_breaker import Breaker
from system.rpc.connection_pool import PoolSettings
from system.rpc.resolver import Resolver
from system.wire.connection import BrokerConnection, BrokerSettings, tls_context
from system.wire.envelope import RpcRequest
from system.wire.rpc_errors import RpcError
from testcontainers_fixtures.engines.free_ports import Ports
from tests.integration.wire_ends import request, serving, until

WAYS_OUT = [
    "@127.0.0.1:{port}/x",
    "/..//127.0.0.1:{port}/x",
    "//127.0.0.1:{port}/x",
    "/%2F%2F127.0.0.1:{port}/x",
    "/%3Fhost=127.0.0.1:{port}",
    "/%23@127.0.0.1:{port}/",
    "/http://127.0.0.1:{port}/x",
    ":80@127.0.0.1:{port}/",
    "\\@127.0.0.1:{port}/",
    ".127.0.0.1:{port}/",
]


def resolver(url: str, **lanes: object) -> Resolver:
    settings = PoolSettings(**({"keepalive_s": 5.0} | lanes))  # type: ignore[arg-type] # a row's columns
    return Resolver(
        {"clients": url}, connections=4, connect_timeout_s=1.0, lanes=settings, telemetry=False
    )


async def said(asked: Resolver, path: str = "/clients", method: str = "GET") -> str:
    """Return the status of an answer, or the reason of a fault."""
    try:
        return str((await asked.resolve(request(path, method))).head.status)
    except RpcError as fault:
        return fault.reason


@pytest.fixture
async def bystander() -> AsyncIterator[tuple[int, list[str]]]:
    """Give the port of a server that nobody should ask, and what it was asked."""
    seen: list[str] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readline()).decode("latin-1"))
        writer.close()

    port = Ports().pick()
    server = await asyncio.start_server(note, "127.0.0.1", port)
    yield port, seen
    server.close()


async def test_no_path_leads_to_another_host(bystander: tuple[int, list[str]]) -> None:
    port, seen = bystander
    asked: list[str] = []

    async def answer(web_request: web.Request) -> web.Response:
        asked.append(web_request.raw_path)
        return web.Response()

    app = web.Application()
    app.add_routes([web.route("*", "/{path:.*}", answer)])
    async with serving(app) as own, resolver(f"http://127.0.0.1:{own}") as resolving:
        paths = [f"/clients{way.format(port=port)}" for way in WAYS_OUT]
        found = {path: await said(resolving, path) for path in paths}

    assert seen == []
    assert set(found.values()) <= {"200", "unknown_service"}
    assert asked == [path for path, told in found.items() if told == "200"]
    assert asked


async def test_a_redirect_is_handed_on_and_not_followed(
    bystander: tuple[int, list[str]],
) -> None:
    port, seen = bystander
    app = web.Application()

    async def elsewhere(_: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": f"http://127.0.0.1:{port}/x"})

    app.add_routes([web.route("*", "/clients", elsewhere)])
    async with serving(app) as own, resolver(f"http://127.0.0.1:{own}") as resolving:
        answer = await resolving.resolve(request())

    assert (answer.head.status, seen) == (307, [])
    assert ("Location", f"http://127.0.0.1:{port}/x") in answer.head.headers


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_service_is_told_nothing_that_the_client_did_not_say(method: str) -> None:
    told: list[set[str]] = []

    async def listen(web_request: web.Request) -> web.Response:
        told.append({name.lower() for name in web_request.headers})
        return web.Response()

    app = web.Application()
    app.add_routes([web.route("*", "/clients", listen)])
    async with serving(app) as own, resolver(f"http://127.0.0.1:{own}") as resolving:
        await resolving.resolve(RpcRequest(request("/clients", method).head, b"{}"))

    assert told == [{"host", "content-length", "x-deadline"}]


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "with its length"])
async def test_an_answer_is_read_up_to_a_limit_and_no_further(*, chunked: bool) -> None:
    size = [1000]

    async def long(web_request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        if chunked:
            answer.enable_chunked_encoding()
        else:
            answer.content_length = size[0]
        await answer.prepare(web_request)
        for _ in range(0, size[0], 1000):
            await answer.write(b"x" * 1000)
        return answer

    app = web.Application()
    app.add_routes([web.get("/clients", long)])
    async with (
        serving(app) as own,
        resolver(f"http://127.0.0.1:{own}", max_answer_bytes=100_000) as resolving,
    ):
        found = []
        for size[0] in (1000, 100_000, 101_000, 50_000_000, 1000):
            found.append(await said(resolving))

    assert found == ["200", "200", "upstream_bad", "upstream_bad", "200"]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        pytest.param(b"", "upstream_bad", id="nothing"),
        pytest.param(b"no HTTP at all\r\n\r\n", "upstream_bad", id="no HTTP"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "upstream_bad", id="half"
        ),
        pytest.param(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "500", id="a 500"),
    ],
)
async def test_a_service_that_answers_badly_is_said_to(raw: bytes, told: str) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(raw)
        await writer.drain()
        writer.close()

    port = Ports().pick()
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server, resolver(f"http://127.0.0.1:{port}") as resolving:
        assert await said(resolving, method="DELETE") == told

    assert len(asked) == 1


async def test_a_kept_connection_that_breaks_off_never_makes_an_unsafe_call_happen_twice() -> None:
    asked: list[bytes] = []

    async def once_and_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    port = Ports().pick()
    server = await asyncio.start_server(once_and_away, "127.0.0.1", port)
    async with server, resolver(f"http://127.0.0.1:{port}") as resolving:
        found = [await said(resolving, method=method) for method in ("GET",) * 4 + ("DELETE",) * 4]

    # Each of the four connections answers a first request and drops a second.
    methods = [head.split(b" ")[0] for head in asked]
    assert found == ["200"] * 4 + ["upstream_bad"] * 4
    assert methods.count(b"DELETE") == 4


async def test_a_breaker_opens_for_the_service_that_fails_alone() -> None:
    app = web.Application()

    async def answer(_: web.Request) -> web.Response:
        return web.Response()

    app.add_routes([web.get("/goods", answer), web.get("/clients", answer)])
    gone = Ports().pick()
    async with AsyncExitStack() as held:
        own = await held.enter_async_context(serving(app))
        services = {"clients": f"http://127.0.0.1:{gone}", "goods": f"http://127.0.0.1:{own}"}
        resolving = await held.enter_async_context(
            Resolver(
                services,
                connections=4,
                connect_timeout_s=1.0,
                lanes=PoolSettings(keepalive_s=5.0),
                telemetry=False,
                breakers={
                    name: Breaker(name, failures=3, rest_s=0.3, patience_s=1.0) for name in services
                },
            )
        )
        found = [await said(resolving, "/clients") for _ in range(5)]
        other = await said(resolving, "/goods")
        resolving.services["clients"] = services["goods"]
        await until(lambda: resolving.breakers["clients"].state == "half-open", "the rest to end")
        mended = await said(resolving, "/clients")

    assert found == ["upstream_refused"] * 3 + ["upstream_open"] * 2
    assert (other, mended) == ("200", "200")
    assert resolving.breakers["clients"].state == "closed"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def certified(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def test_a_https_service_must_show_a_certificate_that_is_trusted(
    certified: ssl.SSLContext, ca_file: str
) -> None:
    app = web.Application()

    async def answer(_: web.Request) -> web.Response:
        return web.Response()

    app.add_routes([web.get("/clients", answer)])
    async with serving(app, ssl_context=certified) as port:
        url = f"https://127.0.0.1:{port}"
        for tls, told in (
            (tls_context(ca_file, verify=True), "200"),
            (tls_context("", verify=True), "upstream_refused"),
            (tls_context("", verify=False), "200"),
        ):
            async with resolver(url, tls=tls) as resolving:
                assert await said(resolving) == told


@pytest.mark.parametrize(
    ("trusted", "verify", "up"),
    [
        pytest.param(True, True, True, id="trusted"),
        pytest.param(False, True, False, id="not trusted"),
        pytest.param(False, False, True, id="not looked at"),
    ],
)
async def test_an_amqps_broker_must_show_a_certificate_that_is_trusted(
    certified: ssl.SSLContext, ca_file: str, *, trusted: bool, verify: bool, up: bool
) -> None:
    greeted: list[bytes] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeted.append(await reader.readexactly(8))
        writer.close()

    port = Ports().pick()
    server = await asyncio.start_server(greet, "127.0.0.1", port, ssl=certified)
    settings = BrokerSettings(
        url=f"amqps://gateway:secret@127.0.0.1:{port}/gateway",
        ca_file=ca_file if trusted else "",
        verify=verify,
        reconnect_interval_s=0.05,
    )
    connection = BrokerConnection(settings, "test")

    async def prepare() -> None: ...

    async with server:
        opening = asyncio.create_task(connection.open(prepare))
        await asyncio.sleep(0.5)
        opening.cancel()
        await connection.close()

    assert (b"AMQP\x00\x00\x09\x01" in greeted) is up
