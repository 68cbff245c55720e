"""Somebody else's system in one file: a gateway, a resolver and a service that keeps items.

`python items.py ROLE PORT [SHAPE | URL]`. The service lists its items in a SHAPE of its own: in an
`envelope` with their number, or as a `text`. The gateway hands every request on to it, by HTTP;
nobody is connected to the broker.
"""

import sys
from itertools import count
from typing import Any, Final

import aiohttp
from aiohttp import web

UPSTREAM = web.AppKey("upstream", str)
WITHIN_S: Final = 1.2
ITEM: Final = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {"id": {"type": "integer"}, "text": {"type": "string"}},
}
DRAFT: Final = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "maxLength": 200}},
}
SHAPES: Final[dict[str, Any]] = {
    "envelope": {
        "type": "object",
        "properties": {"items": {"type": "array", "items": ITEM}, "total": {"type": "integer"}},
    },
    "text": {"type": "string"},
}


def answer(schema: object) -> dict[str, Any]:
    """Return how a document says that a body is of a schema."""
    return {"description": "well", "content": {"application/json": {"schema": schema}}}


def document(shape: str) -> dict[str, Any]:
    """Return the service's OpenAPI document."""
    one = {"in": "path", "name": "item_id", "required": True, "schema": {"type": "integer"}}
    post = {"requestBody": answer(DRAFT), "responses": {"201": answer(ITEM)}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "items", "version": "1"},
        "paths": {
            "/items": {"get": {"responses": {"200": answer(SHAPES[shape])}}, "post": post},
            "/items/{item_id}": {
                "parameters": [one],
                "get": {"responses": {"200": answer(ITEM), "404": {"description": "none"}}},
            },
        },
    }


def service(shape: str) -> web.Application:
    """Return the service, with nothing in it."""
    rows: dict[int, dict[str, Any]] = {}
    numbers = count(1)

    async def listed(_: web.Request) -> web.Response:
        kept = list(rows.values())
        return web.json_response(
            {"items": kept, "total": len(kept)} if shape == "envelope" else f"{len(kept)} items"
        )

    async def made(request: web.Request) -> web.Response:
        row = {"id": next(numbers), "text": (await request.json())["text"]}
        rows[row["id"]] = row
        return web.json_response(row, status=201)

    async def read(request: web.Request) -> web.Response:
        row = rows.get(int(request.match_info["item"]))
        return web.json_response(row, status=200 if row else 404)

    async def published(_: web.Request) -> web.Response:
        return web.json_response(document(shape))

    app = ready(web.Application())
    app.router.add_get("/items", listed)
    app.router.add_post("/items", made)
    app.router.add_get("/items/{item}", read)
    app.router.add_get("/openapi.json", published)
    return app


def gateway(upstream: str) -> web.Application:
    """Return the gateway before the service at a URL."""

    async def hand_on(request: web.Request) -> web.Response:
        limits = aiohttp.ClientTimeout(total=WITHIN_S)
        kind = {"Content-Type": request.content_type} if request.can_read_body else {}
        try:
            async with (
                aiohttp.ClientSession(timeout=limits) as client,
                client.request(
                    request.method,
                    f"{upstream}{request.rel_url}",
                    data=await request.read(),
                    headers=kind,
                ) as got,
            ):
                body, kind = await got.read(), {"Content-Type": got.content_type}
                return web.Response(body=body, status=got.status, headers=kind)
        except (aiohttp.ClientError, TimeoutError):
            return web.Response(status=504)

    app = ready(web.Application())
    app.router.add_route("*", "/{path:.*}", hand_on)
    return app


def ready(app: web.Application) -> web.Application:
    """Return an application that says that it is up."""

    async def up(_: web.Request) -> web.Response:
        return web.Response()

    app.router.add_get("/ready", up)
    return app


def application(role: str, *told: str) -> web.Application:
    """Return what plays a role; a resolver has nothing to do here."""
    if role == "service":
        return service(*told)
    return gateway(*told) if role == "gateway" else ready(web.Application())


if __name__ == "__main__":
    part, port, *words = sys.argv[1:]
    made = application(part, *words)
    web.run_app(made, host="127.0.0.1", port=int(port), print=None, access_log=None)
