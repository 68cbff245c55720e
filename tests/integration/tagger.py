"""Somebody else's system, in which nothing is as it is in ours: a gateway before one owner of tags.

`python tagger.py owner PLACE` and `python tagger.py gateway PORT OWNER`; `ask PLACE` ends with 0
where the owner answers. A PLACE is a port, or a socket in a folder for what answers nobody over
TCP. The gateway takes /api/v1 off, calls tags labels, adds a header, and asks for a key. Lists
stand in an envelope, ids are UUIDs, a POST answers 200. With LOGIN it asks for that token, which it
hands out. ASKED names a file in which the gateway notes each request, DRIFT what it does wrong.
"""

import json
import os
import socket
import sys
import uuid
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web
from yarl import URL

KEY: Final = os.environ.get("KEY", "")
DRIFT: Final = os.environ.get("DRIFT", "")
SERVERS: Final = os.environ.get("SERVERS", "")
LOGIN: Final = os.environ.get("LOGIN", "")
ASKED: Final = os.environ.get("ASKED", "")
WITHIN_S: Final = 5.0
MOST: Final = 100
LONGEST: Final = 300
# Halves of a letter (UTF-16), which no text can hold.
LONE: Final = range(0xD800, 0xE000)
_SPACE: Final = uuid.UUID(int=7)
_UUID: Final = {"type": "string", "format": "uuid"}
_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST}
TAG: Final = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": _UUID, "name": _TEXT},
}
DRAFT: Final = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": _TEXT},
    "additionalProperties": False,
}
PAGE: Final = {
    "type": "object",
    "required": ["tags", "total"],
    "properties": {"tags": {"type": "array", "items": TAG}, "total": {"type": "integer"}},
}
REFUSED: Final = {"type": "object", "required": ["why"], "properties": {"why": {"type": "string"}}}
TELLS: Final = {
    "type": "object",
    "required": ["told"],
    "properties": {"told": {"type": "string"}},
}
USER: Final = {"in": "header", "name": "X-User", "required": True, "schema": {"type": "string"}}
ONE: Final = {"in": "path", "name": "tag", "required": True, "schema": _UUID}


def _json(schema: object) -> dict[str, Any]:
    return {"description": "so", "content": {"application/json": {"schema": schema}}}


def _answers(**well: object) -> dict[str, Any]:
    known = {status.removeprefix("s"): _json(schema) for status, schema in well.items()}
    return {"responses": known | {s: _json(REFUSED) for s in ("400", "404", "405", "422")}}


def document(*, most: int = MOST) -> dict[str, Any]:
    """Return the owner's document."""
    sizes = [
        {
            "in": "query",
            "name": "limit",
            "schema": {"type": "integer", "minimum": 1, "maximum": most},
        },
        {"in": "query", "name": "offset", "schema": {"type": "integer", "minimum": 0}},
    ]
    body = {"requestBody": {"required": True, **_json(DRAFT)}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "tags", "version": "1"},
        "paths": {
            "/tags": {
                "parameters": [USER],
                "get": {"parameters": sizes, **_answers(s200=PAGE)},
                "post": {**body, **_answers(s200=TAG)},
            },
            "/tags/{tag}": {
                "parameters": [ONE, USER],
                "get": _answers(s200=TAG),
                "put": {**body, **_answers(s200=TAG)},
                "delete": _answers(s200=TAG),
            },
            "/files": {
                "get": _answers(s200=TELLS),
                "post": {**body, **_answers(s200=TAG)},
            },
            "/version": {"get": _answers(s200=TELLS)},
        },
    }


def mirror() -> dict[str, Any]:
    """Return the gateway's document: other paths, a key, a login of its own, no header."""
    made = document(most=50 if DRIFT == "limit" else MOST)
    for item in made["paths"].values():
        item["parameters"] = [one for one in item.get("parameters", ()) if one != USER]
        for operation in (item[name] for name in item if name != "parameters"):
            operation["security"] = [{"Key": []}]
            operation["responses"] |= {"401": _json(REFUSED)}
    own = {"post": _answers(s200=TELLS)}
    del made["paths"]["/version"]["get"]["security"]
    del made["paths"]["/version"]["get"]["responses"]["401"]
    prefix = "" if SERVERS else "/api/v1"
    named = (
        (path if SERVERS else path.replace("/tags", "/labels"), item)
        for path, item in made["paths"].items()
    )
    paths = {f"{prefix}{path}": item for path, item in named} | {f"{prefix}/auth/login": own}
    key = {"type": "apiKey", "in": "header", "name": "Authorization" if LOGIN else "X-Key"}
    made |= {"paths": paths, "components": {"securitySchemes": {"Key": key}}}
    return made | ({"servers": [{"url": SERVERS}]} if SERVERS else {})


class Refusal(web.HTTPException):
    """An answer that says why not."""

    def __init__(self, status: int, why: str, **headers: str) -> None:
        self.status_code = status
        text = json.dumps({"why": why})
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(text=text, content_type="application/json", headers=named)


class Owner:
    """The tags, and what can be done to them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.numbers = count(1)

    async def listed(self, request: web.Request) -> web.Response:
        limit, offset = _number(request, "limit", MOST, 1), _number(request, "offset", 0, 0)
        if limit > MOST:
            raise Refusal(422, "limit is out of bounds")
        kept = list(self.rows.values())
        return web.json_response({"tags": kept[offset : offset + limit], "total": len(kept)})

    async def made(self, request: web.Request) -> web.Response:
        draft = await _draft(request)
        # A twin that was asked for the same makes the same of it.
        name = str(uuid.uuid5(_SPACE, str(next(self.numbers))))
        self.rows[name] = {"id": name, **draft}
        return web.json_response(self.rows[name])

    async def read(self, request: web.Request) -> web.Response:
        return web.json_response(self._found(request))

    async def changed(self, request: web.Request) -> web.Response:
        row = self._found(request)
        row |= await _draft(request)
        return web.json_response(row)

    async def deleted(self, request: web.Request) -> web.Response:
        return web.json_response(self.rows.pop(self._found(request)["id"]))

    def _found(self, request: web.Request) -> dict[str, Any]:
        try:
            return self.rows[str(uuid.UUID(request.match_info["tag"]))]
        except ValueError:
            raise Refusal(422, "tag is no UUID") from None
        except KeyError:
            raise Refusal(404, "no such tag") from None


def _number(request: web.Request, name: str, usual: int, least: int) -> int:
    said = request.query.getall(name, [])
    if not all(one.isascii() and one.isdigit() and int(one) >= least for one in said):
        raise Refusal(422, f"{name} is no such number")
    return int(said[0]) if said else usual


async def _draft(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise Refusal(400, "no JSON") from None
    name = body.get("name") if isinstance(body, dict) and set(body) == {"name"} else None
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST or _is_lone(name):
        raise Refusal(422, "no tag")
    return {"name": name}


def _is_lone(text: str) -> bool:
    return any(ord(letter) in LONE for letter in text)


@web.middleware
async def known(request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401 -- aiohttp's
    """Serve whom the gateway names, and say in one form what is not served."""
    if request.path.startswith("/tags") and not request.headers.get("X-User"):
        raise Refusal(400, "nobody said for whom")
    try:
        answer: web.StreamResponse = await handler(request)
    except Refusal:
        raise
    except web.HTTPMethodNotAllowed as error:
        raise Refusal(405, "no such method", Allow=error.headers["Allow"]) from None
    except web.HTTPException as error:
        raise Refusal(error.status, "no such path") from None
    return answer


def owner() -> web.Application:
    """Return the owner, with no tag in it."""
    app, tags = web.Application(middlewares=[known]), Owner()

    async def published(_: web.Request) -> web.Response:
        return web.json_response(document())

    async def nothing(_: web.Request) -> web.Response:
        return web.json_response({"told": "1"})

    app.router.add_get("/tags", tags.listed, allow_head=False)
    app.router.add_post("/tags", tags.made)
    app.router.add_get("/tags/{tag}", tags.read, allow_head=False)
    app.router.add_put("/tags/{tag}", tags.changed)
    app.router.add_delete("/tags/{tag}", tags.deleted)
    app.router.add_get("/files", nothing, allow_head=False)
    app.router.add_post("/files", tags.made)
    app.router.add_get("/version", nothing, allow_head=False)
    app.router.add_get("/openapi.json", published)
    app.router.add_get("/ready", nothing)
    return app


def gateway(upstream: str) -> web.Application:
    """Return the gateway before the owner at a URL, or at a socket's path."""

    async def hand_on(request: web.Request) -> web.StreamResponse:
        target = request.raw_path
        if ASKED:
            note(f"{request.method} {target}")
        path = target.partition("?")[0]
        if path == "/ready":
            return web.json_response({})
        if path == "/openapi.json":
            return web.json_response(mirror())
        if path == "/api/v1/auth/login":
            return web.json_response({"token": LOGIN, "told": "1"})
        if path != "/api/v1/version" and not _is_known(request):
            raise Refusal(401, "who are you", WWW_Authenticate="Key")
        if not path.startswith("/api/v1/"):
            raise Refusal(404, "no such path")
        return await asked(upstream, request, target.removeprefix("/api/v1"))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hand_on)
    return app


def _is_known(request: web.Request) -> bool:
    if LOGIN:
        return request.headers.get("Authorization") == f"Bearer {LOGIN}"
    return request.headers.get("X-Key") == KEY


def note(line: str) -> None:
    """Note a request."""
    with Path(ASKED).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


async def asked(upstream: str, request: web.Request, target: str) -> web.Response:
    """Ask the owner."""
    if not SERVERS and (target + "/").startswith(("/labels/", "/labels?")):
        target = f"/tags{target.removeprefix('/labels')}"
    over_tcp = upstream.startswith("http")
    connector = aiohttp.TCPConnector() if over_tcp else aiohttp.UnixConnector(upstream)
    base = upstream if over_tcp else "http://owner"
    kind = {n: v for n, v in request.headers.items() if n.lower() in {"content-type", "accept"}}
    limits = aiohttp.ClientTimeout(total=WITHIN_S)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=limits) as client,
        client.request(
            request.method,
            URL(f"{base}{target}", encoded=True),
            data=await request.read(),
            headers={**kind, "X-User": "the gateway"},
            skip_auto_headers=["Content-Type", "Accept"],
        ) as got,
    ):
        headers = {n: v for n, v in got.headers.items() if n in {"Content-Type", "Allow"}}
        return web.Response(body=await got.read(), status=got.status, headers=headers)


def answers(path: str) -> bool:
    """Tell whether somebody answers on a socket."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        try:
            line.connect(path)
            line.sendall(b"GET /ready HTTP/1.1\r\nHost: owner\r\n\r\n")
            return line.recv(12) == b"HTTP/1.1 200"
        except OSError:
            return False


if __name__ == "__main__":
    role, place, *rest = sys.argv[1:]
    if role == "ask":
        sys.exit(0 if answers(place) else 1)
    made = owner() if role == "owner" else gateway(*rest)
    where: dict[str, Any] = {"port": int(place)} if place.isdigit() else {"path": place}
    sys.stdout.write("up\n")
    sys.stdout.flush()
    web.run_app(
        made, host=None if "path" in where else "127.0.0.1", print=None, access_log=None, **where
    )
