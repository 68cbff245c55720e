"""A service, its twin, and a gateway whose own document has drifted, each on a socket of its own.

Each holds what it is asked against its document; what fits the gateway's goes on to the service.
"""

import copy
import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
from msgspec import Struct

Document = dict[str, Any]
Change = Callable[[Document], object]
OPENAPI: Final = "/openapi.json"
WITHIN_S: Final = 10.0
_WELL: Final = 200
_REFUSED: Final = 422


def _number(most: int) -> Document:
    return {"type": "integer", "minimum": 1, "maximum": most}


def _answers(*statuses: str) -> Document:
    said = {"type": "object", "properties": {"said": {"type": "string"}}, "required": ["said"]}
    content = {"application/json": {"schema": said}}
    return {status: {"description": "an answer", "content": content} for status in statuses}


def _parameter(place: str, name: str, schema: Document) -> Document:
    return {"in": place, "name": name, "required": place == "path", "schema": schema}


BOOK: Final[Document] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 50},
        "pages": _number(10_000),
        "chapters": {"type": "array", "items": {"$ref": "#/components/schemas/Chapter"}},
    },
    "required": ["title"],
    "additionalProperties": False,
}
CHAPTER: Final[Document] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "within": {"type": "array", "items": {"$ref": "#/components/schemas/Chapter"}},
    },
}
DOCUMENT: Final[Document] = {
    "openapi": "3.1.0",
    "info": {"title": "shop", "version": "1"},
    "paths": {
        # The parameters stand in another order than in the path.
        "/shelves/{shelf}/books/{book}": {
            "parameters": [_parameter("path", "book", _number(1_000))],
            "get": {
                "parameters": [_parameter("path", "shelf", _number(50))],
                "responses": _answers("200", "422"),
            },
        },
        "/books": {
            "get": {
                "parameters": [_parameter("query", "limit", _number(500))],
                "responses": _answers("200", "422"),
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Book"}}
                    },
                },
                "responses": _answers("200", "422"),
            },
        },
        "/greeting": {
            "get": {
                "parameters": [_parameter("header", "X-Tone", {"enum": ["soft", "loud", "plain"]})],
                "responses": _answers("200", "422"),
            }
        },
    },
    "components": {"schemas": {"Book": BOOK, "Chapter": CHAPTER}},
}


class Side(ThreadingHTTPServer):
    """Answers what fits its document, or has `upstream` answer it; `asked` is what came.

    One that is `lax` publishes its document and holds nothing against it; one that is `mute` breaks
    off instead of refusing, one that is `broken` breaks off whatever it publishes.
    """

    daemon_threads = True

    def __init__(self, document: Document, upstream: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.document = document
        self.upstream = upstream
        self.lax = False
        self.mute = False
        self.broken = False
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Side

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path == OPENAPI:
            self._send(200, json.dumps(self.server.document).encode())
            return
        self.server.asked.append(f"{self.command} {self.path} {body!r}")
        item, values = _matched(self.server.document, path)
        status = self._status(item, values, body)
        if item and (self.server.broken or (status == _REFUSED and self.server.mute)):
            self.close_connection = True
        elif status == _WELL and self.server.upstream:
            self._send(*self._handed_on(self.server.upstream, body))
        else:
            self._send(status, json.dumps({"said": str(status)}).encode())

    def _status(self, item: Document | None, values: dict[str, str], body: bytes) -> int:
        if item is None:
            return 404
        if self.command.lower() not in item:
            return 405
        return _WELL if self.server.lax or self._fits(item, values, body) else _REFUSED

    def _fits(self, item: Document, values: dict[str, str], body: bytes) -> bool:
        operation = item[self.command.lower()]
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        for one in (*item.get("parameters", ()), *operation.get("parameters", ())):
            places = {
                "path": [values[one["name"]]] if one["in"] == "path" else [],
                "query": query.get(one["name"], []),
                "header": self.headers.get_all(one["name"], []),
            }
            given = places[one["in"]]
            if one["required"] and not given:
                return False
            if not all(jsonschema_rs.is_valid(one["schema"], _read(text)) for text in given):
                return False
        return _fitting(self.server.document, operation.get("requestBody"), body)

    def _handed_on(self, upstream: str, body: bytes) -> tuple[int, bytes]:
        where = urlsplit(upstream)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, WITHIN_S)
        headers = {k: v for k, v in self.headers.items() if k.lower() in {"content-type", "x-tone"}}
        connection.request(self.command, self.path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Allow", "GET, POST")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "QUERY"):
    setattr(_Handler, f"do_{_method}", _Handler.answer)


def _matched(document: Document, path: str) -> tuple[Document | None, dict[str, str]]:
    given = path.split("/")
    for template, item in document["paths"].items():
        names = template.split("/")
        pairs = list(zip(names, given, strict=False))
        if len(names) == len(given) and all(n == g or n.startswith("{") for n, g in pairs):
            return item, {n[1:-1]: g for n, g in pairs if n.startswith("{")}
    return None, {}


def _read(text: str) -> object:
    return int(text) if text.isascii() and text.isdigit() else text


def _fitting(document: Document, asked: Document | None, body: bytes) -> bool:
    if asked is None or not (body or asked.get("required")):
        return True
    schema = asked["content"]["application/json"]["schema"]
    try:
        value = json.loads(body)
    except ValueError:
        return False
    return jsonschema_rs.is_valid({**schema, "components": document["components"]}, value)


class Shop(Struct, frozen=True, kw_only=True):
    """The three of them; `gateway` alone may have drifted."""

    service: Side
    twin: Side
    gateway: Side


@contextmanager
def shop(*changes: Change) -> Iterator[Shop]:
    """Give the three, the gateway's document changed so."""
    drifted = copy.deepcopy(DOCUMENT)
    for change in changes:
        change(drifted)
    with ExitStack() as held:
        service, twin = (held.enter_context(_served(Side(DOCUMENT))) for _ in range(2))
        gateway = held.enter_context(_served(Side(drifted, service.url)))
        yield Shop(service=service, twin=twin, gateway=gateway)


@contextmanager
def _served(side: Side) -> Iterator[Side]:
    with side:
        thread = Thread(target=side.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield side
        finally:
            side.shutdown()
            thread.join(timeout=5)
