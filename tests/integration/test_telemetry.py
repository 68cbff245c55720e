"""What an answer tells of its way: the gateway and a resolver around a real broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from aiohttp import web

from system.gateway.main import app, lifespan
from system.rpc.connection_pool import PoolSettings
from system.rpc.resolver import Resolver
from system.wire import call_timings
from system.wire.connection import BrokerSettings
from system.wire.rpc_server import RpcServer
from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.engines.free_ports import Ports

pytestmark = pytest.mark.timeout(120)

VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SPENT_S = 0.02


@pytest.fixture
def told(request: pytest.FixtureRequest) -> tuple[bool, bool]:
    """Return whether gateway and resolver have their telemetry on."""
    return getattr(request, "param", (True, True))


@pytest.fixture
async def gateway(
    access: BrokerAccess, told: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a gateway, behind which a service repeats the headers it was sent."""
    monkeypatch.setenv("RMQ_HOST", access.host)
    monkeypatch.setenv("RMQ_PORT", str(access.port))
    monkeypatch.setenv("RMQ_PASS", access.password)
    monkeypatch.setenv("TELEMETRY", str(told[0]).lower())
    async with AsyncExitStack() as held:
        url = await held.enter_async_context(_echo())
        await held.enter_async_context(_resolver(access, url, telemetry=told[1]))
        await held.enter_async_context(lifespan(app))
        transport = httpx.ASGITransport(app)
        client = httpx.AsyncClient(transport=transport, base_url="http://gateway", timeout=10)
        opened = await held.enter_async_context(client)
        await _until_ready(opened)
        yield opened


@asynccontextmanager
async def _echo() -> AsyncIterator[str]:
    async def repeat(request: web.Request) -> web.Response:
        await asyncio.sleep(SPENT_S)
        return web.json_response([[k.lower(), v] for k, v in request.headers.items()])

    service = web.Application()
    service.add_routes([web.get("/{path:.*}", repeat)])
    runner = web.AppRunner(service, access_log=None)
    await runner.setup()
    port = Ports().pick()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


@asynccontextmanager
async def _resolver(access: BrokerAccess, url: str, *, telemetry: bool) -> AsyncIterator[None]:
    services = {"clients": url, "goods": "http://127.0.0.1:1"}
    async with Resolver(
        services,
        connections=8,
        connect_timeout_s=1.0,
        lanes=PoolSettings(keepalive_s=30.0),
        telemetry=telemetry,
    ) as resolver:
        server = RpcServer(
            BrokerSettings(url=access.amqp_url),
            resolver.resolve,
            name="resolver",
            prefetch=8,
            telemetry=telemetry,
        )
        await server.start()
        yield
        await server.drain(grace_s=1.0)


async def _until_ready(gateway: httpx.AsyncClient) -> None:
    async with asyncio.timeout(10):
        while (await gateway.get("/ready")).status_code != 200:  # noqa: ASYNC110 -- nobody tells
            await asyncio.sleep(0.05)


def hops(answer: httpx.Response) -> dict[str, float]:
    """Return the durations that an answer tells, in ms."""
    entries = (entry.split(";dur=") for entry in answer.headers["Server-Timing"].split(", "))
    return {name: float(duration) for name, duration in entries}


@pytest.mark.alone
async def test_the_parts_of_the_round_trip_add_up_to_it(gateway: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(gateway.get("/clients") for _ in range(40)))

    for told in map(hops, answers):
        parts = sum(told[name] for name in ("publish", "wait", "resolver", "reply"))
        assert list(told) == ["gw", "rpc", "publish", "wait", "resolver", "reply", "service"]
        assert min(told.values()) >= 0
        assert abs(parts - told["rpc"]) <= max(0.5, 0.05 * told["rpc"])
        assert SPENT_S * 1000 <= told["service"] <= told["resolver"] <= told["rpc"] <= told["gw"]


@pytest.mark.alone
async def test_calls_beyond_the_prefetch_are_seen_to_wait_in_the_queue(
    gateway: httpx.AsyncClient,
) -> None:
    answers = await asyncio.gather(*(gateway.get("/clients") for _ in range(24)))

    waits = sorted(hops(answer)["wait"] for answer in answers)
    assert waits[-1] >= SPENT_S * 1000
    assert waits[-1] > waits[0] + SPENT_S * 1000


async def test_ends_of_two_boots_tell_transit_in_place_of_wait_and_reply(
    gateway: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_timings, "BOOT", "another machine's")
    told = hops(await gateway.get("/clients"))

    assert list(told) == ["gw", "rpc", "publish", "transit", "resolver", "service"]
    assert told["publish"] + told["transit"] + told["resolver"] == pytest.approx(
        told["rpc"], abs=0.01
    )


async def test_a_fault_that_came_over_the_queue_tells_its_hops_too(
    gateway: httpx.AsyncClient,
) -> None:
    answer = await gateway.get("/goods")

    assert answer.json()["reason"] == "upstream_refused"
    assert list(hops(answer)) == ["gw", "rpc", "publish", "wait", "resolver", "reply"]


@pytest.mark.parametrize(
    ("told", "names"),
    [
        pytest.param((False, True), None, id="gateway off"),
        pytest.param((True, False), ["gw", "rpc", "publish"], id="resolver off"),
    ],
    indirect=["told"],
)
async def test_telemetry_that_is_off_tells_nothing(
    gateway: httpx.AsyncClient, names: list[str] | None
) -> None:
    answer = await gateway.get("/clients")

    assert answer.status_code == 200
    assert ("Server-Timing" in answer.headers) is (names is not None)
    assert names is None or list(hops(answer)) == names


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param([VALID], id="valid"),
        pytest.param(["cc" + VALID[2:] + "-what-comes-later"], id="a version from the future"),
        pytest.param([VALID.upper()], id="capitals"),
        pytest.param(["00-" + "0" * 32 + "-b7ad6b7169203331-01"], id="a trace id of zeros"),
        pytest.param(["nonsense, not a trace"], id="no trace at all"),
        pytest.param([VALID, VALID.replace("b7", "b8")], id="two of them"),
        pytest.param([], id="none"),
    ],
)
async def test_the_trace_context_reaches_the_service_as_it_was_sent(
    gateway: httpx.AsyncClient, sent: list[str]
) -> None:
    states = ["rojo=00f067aa0ba902b7", "congo=t61rcWkgMzE"]
    headers = [("traceparent", value) for value in sent] + [("tracestate", s) for s in states]

    received = (await gateway.get("/clients", headers=headers)).json()

    assert [value for name, value in received if name == "traceparent"] == sent
    assert [value for name, value in received if name == "tracestate"] == states
