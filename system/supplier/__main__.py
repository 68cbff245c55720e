"""Starts the supplier stub: `python -m system.supplier`."""

import asyncio
from pathlib import Path

import uvloop
from aiohttp import web

from system.settings import Settings, load_settings

CONFIG = Path(__file__).with_name("config") / "local.yaml"


class SupplierSettings(Settings):
    """Where it listens, how long an answer takes, and how many it gives at the same time."""

    host: str
    port: int
    wait_ms: float
    slots: int


def build_app(settings: SupplierSettings) -> web.Application:
    """Return the stub: an answer takes a slot for `wait_ms`; without a free slot it waits."""
    slots = asyncio.Semaphore(settings.slots)

    async def stock(request: web.Request) -> web.Response:
        async with slots:
            await asyncio.sleep(settings.wait_ms / 1000)
        # Any number will do, as long as it is the same each time.
        return web.json_response({"in_stock": int(request.match_info["goods_id"]) % 97})

    async def ready(_: web.Request) -> web.Response:
        return web.json_response({"status": "ready"})

    app = web.Application()
    app.add_routes([web.get(r"/stock/{goods_id:[0-9]{1,16}}", stock), web.get("/ready", ready)])
    return app


if __name__ == "__main__":
    loaded = load_settings(CONFIG, SupplierSettings)
    web.run_app(
        build_app(loaded),
        host=loaded.host,
        port=loaded.port,
        print=None,
        loop=uvloop.new_event_loop(),
    )
