"""A gateway of somebody else's that is particular: bearer, tenant, formats, all of it required.

What it refuses it counts, so that a test can say what of a suite's requests was not valid.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs

TOKEN: Final = "tok-9c41d0aa52"  # noqa: S105 -- of a gateway that ends with its test
MOST: Final = 1000
BAD: Final = 400
UNAUTHORIZED: Final = 401
NOT_ALLOWED: Final = 405
UNPROCESSABLE: Final = 422
_UUID: Final = {"type": "string", "format": "uuid"}
_NEW: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "email", "born", "reference", "secret", "address", "tags", "contact"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "minLength": 1, "maxLength": 300},
        "email": {"type": "string", "format": "email"},
        "born": {"type": "string", "format": "date"},
        "seen": {"type": "string", "format": "date-time"},
        "reference": _UUID,
        "secret": {"type": "string", "format": "password", "writeOnly": True},
        "home": {"type": "string", "format": "uri"},
        "picture": {"type": "string", "format": "byte"},
        "score": {"type": "integer", "format": "int32", "multipleOf": 5, "minimum": 5},
        "address": {
            "type": "object",
            "required": ["street", "code"],
            "properties": {
                "street": {"type": "string", "minLength": 1},
                "code": {"type": "string", "pattern": "^[0-9]{5}$"},
            },
        },
        "tags": {"type": "array", "minItems": 2, "items": {"enum": ["a", "b", "c"]}},
        "contact": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["ip"],
                    "properties": {"ip": {"type": "string", "format": "ipv4"}},
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "required": ["host"],
                    "properties": {"host": {"type": "string", "format": "hostname"}},
                    "additionalProperties": False,
                },
            ]
        },
        "note": {"type": "string", "nullable": True, "maxLength": 100},
    },
}
_READ: Final = {
    **_NEW,
    "required": ["id", *(name for name in _NEW["required"] if name != "secret")],
    "properties": {n: s for n, s in _NEW["properties"].items() if n != "secret"},
}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "an answer", "content": {"application/json": {"schema": schema}}}


def _one(name: str, kind: str) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: {"type": kind}}}


def _operation(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 -- what OpenAPI has
    refused = {s: _json(_one("why", "string")) for s in ("400", "401", "404", "405", "422")}
    answers = parts.pop("answers")
    return {**parts, "responses": answers | refused}


_PARAMETER: Final = "#/components/parameters"
_BODY: Final = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}},
}
_PERSON: Final = {"$ref": "#/components/schemas/Person"}
_COMMON: Final = [{"$ref": f"{_PARAMETER}/{name}"} for name in ("Tenant", "Region", "Version")]
DOCUMENT: Final[dict[str, Any]] = {
    "openapi": "3.0.3",
    "info": {"title": "people", "version": "1"},
    "security": [{"Bearer": []}],
    "components": {
        "securitySchemes": {"Bearer": {"type": "http", "scheme": "bearer"}},
        "schemas": {"New": _NEW, "Person": _READ},
        "parameters": {
            "Tenant": {"in": "header", "name": "X-Tenant", "required": True, "schema": _UUID},
            "Region": {
                "in": "cookie",
                "name": "region",
                "required": True,
                "schema": {"type": "string", "enum": ["eu", "us"]},
            },
            "Version": {
                "in": "query",
                "name": "version",
                "required": True,
                "example": "2024-01",
                "schema": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"},
            },
        },
    },
    "paths": {
        "/people": {
            "parameters": _COMMON,
            "get": _operation(
                parameters=[
                    {
                        "in": "query",
                        "name": "limit",
                        "schema": {"type": "integer", "minimum": 1, "maximum": MOST},
                    },
                    {"in": "query", "name": "offset", "schema": {"type": "integer", "minimum": 0}},
                ],
                answers={"200": _json({"type": "array", "items": _PERSON})},
            ),
            "post": _operation(requestBody=_BODY, answers={"201": _json(_PERSON)}),
        },
        "/people/{person_id}": {
            "parameters": [
                {
                    "in": "path",
                    "name": "person_id",
                    "required": True,
                    "schema": {"type": "integer", "minimum": 1},
                },
                *_COMMON,
            ],
            "get": _operation(answers={"200": _json(_PERSON)}),
            "put": _operation(requestBody=_BODY, answers={"200": _json(_PERSON)}),
            "delete": _operation(answers={"200": _json(_one("deleted", "integer"))}),
        },
    },
}
_CHECKED: Final = jsonschema_rs.Draft202012Validator(_NEW, validate_formats=True)


_COOKIE: Final = re.compile(r"([^=;\s]+)=([^;]*)")


class People(ThreadingHTTPServer):
    """Holds people by tenant; `refused` counts what was not valid, `came` connections.

    `careless` asks nothing of a DELETE; `broken` are those operations that answer 500.
    """

    request_queue_size = 128

    def __init__(self, *, careless: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.careless = careless
        self.broken: set[str] = set()
        self.rows: dict[int, dict[str, Any]] = {}
        self.refused: Counter[str] = Counter()
        self.let_in: Counter[str] = Counter()
        self.came = 0
        self.lock = Lock()
        self._next = 1

    def add(self, row: dict[str, Any]) -> dict[str, Any]:
        """Keep a person."""
        row = {"id": self._next, **{n: v for n, v in row.items() if n != "secret"}}
        self.rows[self._next] = row
        self._next += 1
        return row


def _number(text: str) -> float:
    """Return a number as JSON Schema has it, to which 5.0 is an integer."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _refused(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


class _RefusedError(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: People

    def setup(self) -> None:
        super().setup()
        self.server.came += 1

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        with self.server.lock:
            try:
                self._send(*self._answered())
            except _RefusedError as refused:
                if refused.status == UNPROCESSABLE:
                    self.server.refused[f"{self.command}: {refused}"] += 1
                self._send(refused.status, {"why": str(refused)})

    def _answered(self) -> tuple[int, Any]:
        parts = urlsplit(self.path)
        item = parts.path.removeprefix("/people/") if parts.path.startswith("/people/") else None
        known = ("GET", "PUT", "DELETE") if item is not None else ("GET", "POST")
        if item is None and parts.path != "/people":
            raise _RefusedError(404, "no such path")
        if self.command not in known:
            raise _RefusedError(NOT_ALLOWED, "no such method")
        if self.server.careless and self.command == "DELETE" and item is not None:
            return self._of_one(item)
        self._admitted()
        if f"{self.command} {parts.path}" in self.server.broken:
            raise _RefusedError(500, "broken")
        self._valid(parse_qs(parts.query, keep_blank_values=True))
        return self._of_one(item) if item is not None else self._of_all(parse_qs(parts.query))

    def _admitted(self) -> None:
        if self.headers.get_all("Authorization") != [f"Bearer {TOKEN}"]:
            raise _RefusedError(UNAUTHORIZED, "who are you")
        self.server.let_in[self.command] += 1

    def _valid(self, query: dict[str, list[str]]) -> None:
        parameters = DOCUMENT["components"]["parameters"]
        cookies = dict(_COOKIE.findall(self.headers.get("Cookie", "")))
        given = {
            "Tenant": self.headers.get("X-Tenant"),
            "Region": cookies.get("region"),
            "Version": query.get("version", [None])[0],
        }
        for name, value in given.items():
            if not jsonschema_rs.Draft202012Validator(
                parameters[name]["schema"], validate_formats=True
            ).is_valid(value):
                raise _RefusedError(UNPROCESSABLE, f"{name} is {value!r}")
        for name in ("limit", "offset"):
            if not all(one.isascii() and one.isdigit() for one in query.get(name, [])):
                raise _RefusedError(UNPROCESSABLE, f"{name} is no number")
        if "limit" in query and not 1 <= int(query["limit"][0]) <= MOST:
            raise _RefusedError(UNPROCESSABLE, "limit is out of bounds")

    def _of_all(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        if self.command == "POST":
            return 201, self.server.add(self._sent())
        first = int(query.get("offset", ["0"])[0])
        size = int(query.get("limit", ["1000"])[0])
        return 200, list(self.server.rows.values())[first : first + size]

    def _of_one(self, item: str) -> tuple[int, Any]:
        if not (item.isascii() and item.isdigit()):
            raise _RefusedError(UNPROCESSABLE, "person_id is no number")
        if int(item) not in self.server.rows:
            raise _RefusedError(404, "nobody")
        if self.command == "DELETE":
            del self.server.rows[int(item)]
            return 200, {"deleted": int(item)}
        if self.command == "PUT":
            sent = self._sent()
            self.server.rows[int(item)] = {"id": int(item)} | {
                n: v for n, v in sent.items() if n != "secret"
            }
        return 200, self.server.rows[int(item)]

    def _sent(self) -> dict[str, Any]:
        try:
            row = json.loads(self.body, parse_float=_number, parse_constant=_refused)
            row = json.loads(json.dumps(row, ensure_ascii=False).encode())
        except (ValueError, RecursionError):
            raise _RefusedError(BAD, "no JSON") from None
        if not isinstance(row, dict) or "id" in row:
            raise _RefusedError(UNPROCESSABLE, "no person")
        faults = _CHECKED.iter_errors({n: v for n, v in row.items() if (n, v) != ("note", None)})
        said = [f"{'/'.join(map(str, one.instance_path))}: {one.message}" for one in faults]
        if said:
            raise _RefusedError(UNPROCESSABLE, "; ".join(said))
        return row

    def _send(self, status: int, value: object) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        if status == NOT_ALLOWED:
            item = urlsplit(self.path).path != "/people"
            self.send_header("Allow", "GET, PUT, DELETE" if item else "GET, POST")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "QUERY"):
    setattr(_Handler, f"do_{_method}", _Handler._answer)  # noqa: SLF001 -- it is this module's own


@contextmanager
def people(*, careless: bool = False) -> Iterator[People]:
    """Give the gateway, with nobody in it."""
    with People(careless=careless) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=5)


def files(folder: Path) -> tuple[Path, Path]:
    """Write its document, and a stack file that names what lets in; return both."""
    document, stack = folder / "people.json", folder / "stack.toml"
    document.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    place = 'port = 1\ncommand = ["attached"]\n'
    stack.write_text(
        'format_version = 1\nname = "people"\n'
        f'[parts.gateway]\nrole = "gateway"\n{place}'
        f'[parts.people]\nrole = "service"\nopenapi = "/openapi.json"\n{place}'
        '[contract]\ncredentials = { Authorization = "PEOPLE_TOKEN" }\n',
        encoding="utf-8",
    )
    return document, stack
