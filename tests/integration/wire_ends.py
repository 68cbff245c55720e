"""Both ends of the wire around a real broker, in one process, with a service that counts."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
from aiohttp import web

from system.rpc.connection_pool import PoolSettings
from system.rpc.resolver import Resolver
from system.wire.connection import BrokerSettings
from system.wire.envelope import Deadline, Headers, RequestHead, RpcReply, RpcRequest
from system.wire.rpc_client import RpcClient
from system.wire.rpc_errors import RpcError
from system.wire.rpc_server import RpcServer
from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.engines.free_ports import Ports


class Service:
    """An HTTP service that notes each request.

    `wait_s` is how long it takes for an answer; while `gate` is not set it answers nobody.
    """

    def __init__(self) -> None:
        self.url = ""
        self.wait_s = 0.0
        self.begun: Counter[str] = Counter()
        self.heads: list[dict[str, str]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def answer(self, request: web.Request) -> web.Response:
        """Answer 200 with the path, or 201 to a POST."""
        self.begun[request.path] += 1
        self.heads.append({name.lower(): value for name, value in request.headers.items()})
        await asyncio.sleep(self.wait_s)
        await self.gate.wait()
        return web.json_response(
            {"path": request.path}, status=201 if request.method == "POST" else 200
        )


@asynccontextmanager
async def serving(app: web.Application, **site: Any) -> AsyncIterator[int]:  # noqa: ANN401 -- as aiohttp's
    """Serve an application on a free port, and give the port."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = Ports().pick()
    await web.TCPSite(runner, "127.0.0.1", port, **site).start()
    try:
        yield port
    finally:
        await runner.cleanup()


@asynccontextmanager
async def counting_service() -> AsyncIterator[Service]:
    """Give a running service."""
    service = Service()
    app = web.Application()
    app.add_routes([web.route("*", "/{path:.*}", service.answer)])
    async with serving(app) as port:
        service.url = f"http://127.0.0.1:{port}"
        yield service


@asynccontextmanager
async def resolving(
    settings: BrokerSettings,
    services: dict[str, str],
    *,
    prefetch: int = 8,
    **more: Any,  # noqa: ANN401 -- as the server's
) -> AsyncIterator[RpcServer]:
    """Give a resolver that consumes."""
    lanes = PoolSettings(keepalive_s=30.0)
    async with Resolver(
        services,
        connections=prefetch,
        connect_timeout_s=1.0,
        lanes=lanes,
        telemetry=False,
        keeping_keys=["clients"],
    ) as resolver:
        server = RpcServer(
            settings,
            resolver.resolve,
            name="resolver",
            prefetch=prefetch,
            telemetry=False,
            repeatable=resolver.repeatable,
            lateness=resolver.lateness,
            **more,
        )
        async with asyncio.timeout(20):
            await server.start()
        try:
            yield server
        finally:
            await server.drain(grace_s=2.0)


@asynccontextmanager
async def calling(settings: BrokerSettings) -> AsyncIterator[RpcClient]:
    """Give a caller that is connected."""
    client = RpcClient(settings, name="gateway", max_in_flight=512)
    client.start()
    try:
        await until(lambda: client.connection.up, "the caller to be connected")
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def both_ends(
    access: BrokerAccess,
    **more: Any,  # noqa: ANN401 -- as `resolving`'s
) -> AsyncIterator[tuple[RpcClient, RpcServer, Service]]:
    """Give a caller, a resolver and a service behind it."""
    settings = BrokerSettings(url=access.amqp_url)
    async with AsyncExitStack() as held:
        service = await held.enter_async_context(counting_service())
        services = {"clients": service.url}
        server = await held.enter_async_context(resolving(settings, services, **more))
        client = await held.enter_async_context(calling(settings))
        yield client, server, service


def request(
    path: str = "/clients", method: str = "GET", *, within_s: float = 5.0, headers: Headers = ()
) -> RpcRequest:
    """Return a request."""
    deadline = Deadline.after(within_s)
    head = RequestHead(method=method, path=path, headers=headers, deadline=deadline, request_id="r")
    return RpcRequest(head)


async def outcome(client: RpcClient, asked: RpcRequest) -> str:
    """Make a call and return its status, or the reason of its fault."""
    try:
        answer: RpcReply = await client.call(asked)
    except RpcError as fault:
        return fault.reason
    return str(answer.head.status)


async def until(holds: Any, what: str, *, within_s: float = 10.0) -> float:  # noqa: ANN401 -- any test, also one to be awaited
    """Wait until something holds and return how long it took, in seconds."""
    begun_s = asyncio.get_running_loop().time()
    while True:
        held = holds()
        if await held if asyncio.iscoroutine(held) else held:
            return asyncio.get_running_loop().time() - begun_s
        if asyncio.get_running_loop().time() - begun_s > within_s:
            raise AssertionError(f"Expected {what} within {within_s} s; it did not come.")
        await asyncio.sleep(0.02)


class Broker:
    """What the broker's management API tells, and what an operator can do with it."""

    def __init__(self, access: BrokerAccess) -> None:
        self.http = httpx.Client(base_url=f"{access.management_url}/api", timeout=10)

    def get(self, path: str) -> Any:  # noqa: ANN401 -- any JSON
        """Return what is at a path."""
        return self.http.get(path).raise_for_status().json()

    def counts(self) -> tuple[int, int]:
        """Return how many connections and channels there are."""
        return len(self.get("/connections")), len(self.get("/channels"))

    def consumers(self, queue: str = "resolve") -> int:
        """Return how many consumers a queue has; none where there is no such queue."""
        answer = self.http.get(f"/queues/gateway/{queue}")
        return len(answer.json().get("consumer_details", [])) if answer.is_success else 0

    def delete(self, path: str) -> int:
        """Delete what is at a path and return the status."""
        return self.http.delete(path).status_code
