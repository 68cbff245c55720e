"""A gateway that lets in who has logged in, for a while.

`python login_gateway.py PORT LASTS_S`, with the password in PASSWORD: POST /login takes a user's
name and password as JSON and answers with a token that is good for LASTS_S seconds; GET /rows wants
one. GET /seen says how many logged in, came with a good token, and were refused, and who they were.
"""

import asyncio
import os
import secrets
import sys
import time
from collections import Counter

from aiohttp import web

# As slow as a service is, so that a generator beside it can offer what it carries.
TAKES_S = 0.02

PASSWORD = os.environ["PASSWORD"]
LASTS_S = float(sys.argv[2])
TOKENS: dict[str, tuple[str, float]] = {}
SEEN: Counter[str] = Counter()


async def login(request: web.Request) -> web.Response:
    """Give a token to who knows the password."""
    given = await request.json()
    if given.get("password") != PASSWORD:
        return web.json_response({"detail": f"not {given.get('password')}"}, status=403)
    token = secrets.token_urlsafe(12)
    TOKENS[token] = given["name"], time.monotonic() + LASTS_S
    SEEN["logins"] += 1
    return web.json_response({"data": {"token": token, "expires_in": LASTS_S}})


async def rows(request: web.Request) -> web.Response:
    """Answer who has a token that is still good."""
    await asyncio.sleep(TAKES_S)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    name, until_s = TOKENS.get(token, ("nobody", 0.0))
    good = time.monotonic() < until_s
    SEEN["good" if good else "refused"] += 1
    SEEN[name] += 1
    return web.json_response([], status=200 if good else 401)


async def seen(_: web.Request) -> web.Response:
    """Say what came."""
    return web.json_response(SEEN)


app = web.Application()
app.add_routes([web.post("/login", login), web.get("/rows", rows), web.get("/seen", seen)])

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
