"""A gateway of one process that answers at once, and stops answering when a test wants it to.

`python stub_gateway.py PORT [SLOTS [STATUS]]`: with slots, so many requests at once take 4 ms each,
and the others wait; with a status, every call is answered with that. GET /freeze?s=2 blocks its
only thread for two seconds.
"""

import asyncio
import sys
import time
from itertools import count

from aiohttp import web
from aiohttp.typedefs import Handler

TIMING = {"Server-Timing": "gw;dur=2.5, rpc;dur=1.25", "X-Served-By": "rows/7"}
SLOTS = web.AppKey("slots", asyncio.Semaphore)
STATUS = web.AppKey("status", int)
ROWS: set[int] = set()
NUMBERS = count(1)


SLOT_S = 0.004


@web.middleware
async def slotted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let each request take its time in one of the slots."""
    async with request.app[SLOTS]:
        await asyncio.sleep(SLOT_S)
        return await handler(request)


async def read(_: web.Request) -> web.Response:
    """Answer at once."""
    return web.json_response([], headers=TIMING)


async def make(_: web.Request) -> web.Response:
    """Add a row."""
    row = next(NUMBERS)
    ROWS.add(row)
    return web.json_response({"id": row}, status=201, headers=TIMING)


async def drop(request: web.Request) -> web.Response:
    """Take a row away, or say that it is not there."""
    row = int(request.match_info["row"])
    if row not in ROWS:
        return web.json_response({}, status=404, headers=TIMING)
    ROWS.remove(row)
    return web.json_response({}, status=202, headers=TIMING)


async def rows(_: web.Request) -> web.Response:
    """Say how many rows there are."""
    return web.json_response(len(ROWS))


async def freeze(request: web.Request) -> web.Response:
    """Stop the whole process for a while, and say for how many seconds it was."""
    began_s = time.monotonic()
    time.sleep(float(request.query["s"]))  # noqa: ASYNC251 -- to block the loop is the point
    return web.json_response(time.monotonic() - began_s)


@web.middleware
async def refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every call with one status, and say truly how many rows there are."""
    if request.path == "/count":
        return await handler(request)
    return web.json_response({}, status=request.app[STATUS], headers=TIMING)


def gateway(slots: int = 0, status: int = 0) -> web.Application:
    """Return the application; without slots nothing waits, without a status nothing is refused."""
    used = [*([slotted] if slots else []), *([refusing] if status else [])]
    made = web.Application(middlewares=used)
    made[SLOTS] = asyncio.Semaphore(slots)
    made[STATUS] = status
    made.router.add_get("/rows", read)
    made.router.add_post("/rows", make)
    made.router.add_delete("/rows/{row}", drop)
    made.router.add_get("/count", rows)
    made.router.add_get("/freeze", freeze)
    return made


if __name__ == "__main__":
    port, *slots = map(int, sys.argv[1:])
    web.run_app(gateway(*slots), host="127.0.0.1", port=port, print=None, access_log=None)
