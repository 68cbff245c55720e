"""The resolver process: `python -m loadtests.transports.parts.resolver MODULE HOST PORT`.

It answers a probe once it is up, as every part of a stack does.
"""

import gc
import sys
from importlib import import_module

import uvloop
from aiohttp import web


async def run(module: str, host: str, port: int) -> None:
    """Serve the transport's calls beside the probe, until this process is ended."""

    async def ready(_: web.Request) -> web.Response:
        return web.json_response({"status": "up"})

    app = web.Application()
    app.add_routes([web.get("/ready", ready)])
    probes = web.AppRunner(app, access_log=None)
    await probes.setup()
    await web.TCPSite(probes, host, port).start()
    await import_module(f"loadtests.transports.parts.{module}").resolve()


if __name__ == "__main__":
    # As the reference system's own resolver does, so that no tail is longer for that.
    gc.collect()
    gc.freeze()
    uvloop.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3])))
