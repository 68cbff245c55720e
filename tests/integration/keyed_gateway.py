"""A gateway that answers only who shows its key, and says what it was sent.

`python keyed_gateway.py PORT`, with the key in KEY: GET /ready is open; POST /letters echoes the
body's text, GET /headers the request's headers, which `X-Trail` marks.
"""

import asyncio
import os
import sys

from aiohttp import web
from aiohttp.typedefs import Handler

# As slow as a service is, so that a generator beside it can offer what it carries.
TAKES_S = 0.02

KEY = os.environ["KEY"]
SEEN: dict[str, int] = {"refused": 0, "unlike": 0}


@web.middleware
async def keyed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse who comes without the key."""
    if request.path != "/ready" and request.headers.get("X-Key") != KEY:
        SEEN["refused"] += 1
        return web.json_response({"detail": "no key"}, status=401)
    await asyncio.sleep(TAKES_S)
    return await handler(request)


async def ready(_: web.Request) -> web.Response:
    """Say how many were refused, and how many were not as they should be."""
    return web.json_response(SEEN)


async def letters(request: web.Request) -> web.Response:
    """Take a letter whose text has braces, and name it with what no header can hold."""
    letter = await request.json()
    SEEN["unlike"] += letter != {"text": "Dear {name}"}
    return web.json_response({"id": "one\r\ntwo"}, status=201)


async def headers(request: web.Request) -> web.Response:
    """Look at what was sent."""
    given = (request.headers.get("X-Trail"), request.headers.get("Accept"))
    SEEN["unlike"] += given != ("letter one  two", "text/plain")
    return web.json_response({})


app = web.Application(middlewares=[keyed])
app.add_routes(
    [web.get("/ready", ready), web.post("/letters", letters), web.get("/headers", headers)]
)

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
