"""The resolver process: composition root, probes, and an end that loses nothing."""

import asyncio
import logging
import signal

from aiohttp import web

from system.rpc.resolver import Resolver
from system.rpc.settings import ResolverSettings, read_settings
from system.wire.connection import BrokerSettings
from system.wire.server import RpcServer

log = logging.getLogger(__name__)


async def run() -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = read_settings()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with _resolver(settings) as resolver:
        await _serve(settings, resolver, ended)


async def _serve(settings: ResolverSettings, resolver: Resolver, ended: asyncio.Event) -> None:
    broker = BrokerSettings(url=settings.broker.get_secret_value())
    server = RpcServer(
        broker,
        resolver.resolve,
        name="resolver",
        prefetch=settings.prefetch,
        telemetry=settings.telemetry,
    )
    probes = await _serve_probes(settings, server)
    starting = asyncio.create_task(server.start())
    starting.add_done_callback(lambda task: None if _went_well(task) else ended.set())
    await ended.wait()
    starting.cancel()
    log.info("Draining %r", server)
    await server.drain(grace_s=settings.drain_grace_s)
    await probes.cleanup()
    if starting.done() and not starting.cancelled() and starting.exception():
        raise SystemExit(1)


def _went_well(task: "asyncio.Task[None]") -> bool:
    if task.cancelled() or task.exception() is None:
        return True
    log.error("The resolver cannot start: %s", task.exception())
    return False


def _resolver(settings: ResolverSettings) -> Resolver:
    return Resolver(
        settings.services,
        # A call holds one connection, so there are as many as calls that run at a time.
        connections=settings.prefetch,
        connect_timeout_s=settings.connect_timeout_s,
        keepalive_s=settings.keepalive_s,
        telemetry=settings.telemetry,
    )


async def _serve_probes(settings: ResolverSettings, server: RpcServer) -> web.AppRunner:
    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(_: web.Request) -> web.Response:
        status = 200 if server.consuming else 503
        return web.json_response({"consuming": server.consuming}, status=status)

    app = web.Application()
    app.add_routes([web.get("/health", health), web.get("/ready", ready)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, settings.probe_host, settings.probe_port).start()
    return runner
