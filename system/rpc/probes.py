"""The resolver's own small port: whether it lives, and whether calls reach it."""

from aiohttp import web

from system.rpc.resolver import Resolver
from system.rpc.settings import ResolverSettings
from system.wire.rpc_server import RpcServer


async def serve_probes(
    settings: ResolverSettings, server: RpcServer, resolver: Resolver
) -> web.AppRunner:
    """Answer `/health` and `/ready`; an open breaker shows there and leaves the resolver ready.

    The other services' calls are still served, so whoever watches must not take it away. What keeps
    calls from it is told by the reason that callers get.
    """

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(_: web.Request) -> web.Response:
        standing = resolver.standing()
        told = {
            "consuming": server.consuming,
            "breakers": standing.breakers,
            "late": standing.late,
        }
        if server.consuming:
            return web.json_response(told)
        fault = server.connection.outage.fault()
        why = {"reason": fault.reason, "detail": str(fault)}
        return web.json_response(told | why, status=503)

    app = web.Application()
    app.add_routes([web.get("/health", health), web.get("/ready", ready)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, settings.probe_host, settings.probe_port).start()
    return runner
