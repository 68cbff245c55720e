"""A service that keeps items, its twin and a gateway before it, in this process, all over HTTP.

Each `Keeper` counts its ids from a number of its own and has a clock, as two copies of a system
that somebody found have. `Front` hands on what it is asked, and may change what comes back.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Final

from msgspec import Struct

Json = Any
LONGEST: Final = 40
_JSON: Final = "application/json"
_ID: Final = {"type": "integer", "minimum": 1, "maximum": 2**31}
_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST}
_ROW: Final = {
    "type": "object",
    "required": ["id", "text", "price", "made_at"],
    "properties": {
        "id": _ID,
        "text": _TEXT,
        "price": {"type": "integer"},
        "made_at": {"type": "string", "format": "date-time"},
    },
}
_SAID: Final = {"type": "object", "required": ["said"], "properties": {"said": {"type": "string"}}}
_NEW: Final = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": _TEXT},
    "additionalProperties": False,
}


class Said(Struct, frozen=True):
    """An answer: its status, its headers and what its body holds as JSON."""

    status: int
    body: Json
    headers: tuple[tuple[str, str], ...] = ()


def _answers(**schemas: Json) -> Json:
    return {
        name.removeprefix("s"): {
            "description": "an answer",
            **({"content": {_JSON: {"schema": schema}}} if schema else {}),
        }
        for name, schema in schemas.items()
    }


def document() -> dict[str, Any]:
    """Return what the service publishes."""
    one = {"in": "path", "name": "item_id", "required": True, "schema": _ID}
    body = {"required": True, "content": {_JSON: {"schema": _NEW}}}
    listed = {"type": "array", "items": _ROW}
    return {
        "openapi": "3.1.0",
        "info": {"title": "items", "version": "1"},
        "paths": {
            "/items": {
                "get": {"responses": _answers(s200=listed)},
                "post": {"requestBody": body, "responses": _answers(s201=_ROW, s422=_SAID)},
            },
            "/items/{item_id}": {
                "parameters": [one],
                "get": {"responses": _answers(s200=_ROW, s404=_SAID, s422=_SAID)},
                "delete": {"responses": _answers(s204=None, s404=_SAID, s422=_SAID)},
            },
        },
    }


class Keeper:
    """Keeps items; `first` is the id that it counts from, `unreadable` its status for no JSON.

    `lag_s` is how far its clock is behind.
    """

    def __init__(self, first: int, rows: int = 3, *, unreadable: int = 422) -> None:
        self.unreadable = unreadable
        self.allow = True
        self._next = first
        self._rows: dict[int, Json] = {}
        self._lock = Lock()
        for number in range(rows):
            self._made(f"row {number}")

    def __call__(self, method: str, path: str, kind: str, body: bytes) -> Said:
        """Return what is answered to a request."""
        with self._lock:
            known = document()["paths"]
            if path == "/openapi.json":
                return Said(200, document())
            if path == "/items":
                return self._list(method, kind, body, known["/items"])
            head, _, key = path.rpartition("/")
            if head == "/items" and key:
                return self._one(method, key, known["/items/{item_id}"])
            return Said(404, {"said": "no such path"})

    def put_row(self, text: str) -> None:
        """Make a row, as somebody else does."""
        with self._lock:
            self._made(text)

    def _made(self, text: str) -> Json:
        row = {
            "id": self._next,
            "text": text,
            "price": len(text),
            "made_at": datetime.now(UTC).isoformat(),
        }
        self._rows[self._next] = row
        self._next += 1
        return row

    def _list(self, method: str, kind: str, body: bytes, item: Json) -> Said:
        if method in {"GET", "HEAD"}:
            return Said(200, list(self._rows.values()))
        if method != "POST":
            return self._not_allowed(item)
        try:
            given = json.loads(body)
        except ValueError:
            return Said(self.unreadable, {"said": "no JSON"})
        if kind.partition(";")[0].strip().lower() != _JSON or not _fits(given):
            return Said(422, {"said": "no item"})
        return Said(201, self._made(given["text"]))

    def _one(self, method: str, key: str, item: Json) -> Said:
        if method not in {"GET", "HEAD", "DELETE"}:
            return self._not_allowed(item)
        if not (key.isascii() and key.isdigit() and 1 <= int(key) <= 2**31 and key[0] != "0"):
            return Said(422, {"said": "no id"})
        row = self._rows.get(int(key))
        if row is None:
            return Said(404, {"said": "no such item"})
        if method == "DELETE":
            del self._rows[int(key)]
            return Said(204, None)
        return Said(200, row)

    def _not_allowed(self, item: Json) -> Said:
        names = [one.upper() for one in item if one != "parameters"]
        allow = ", ".join(names if self.allow else names[:1])
        return Said(405, {"said": "not allowed"}, (("Allow", allow),))


def _fits(given: Json) -> bool:
    text = given.get("text") if isinstance(given, dict) else None
    return isinstance(text, str) and len(given) == 1 and 1 <= len(text) <= LONGEST


class Front:
    """A gateway before a keeper; `change` is what it does to an answer, by method and path.

    It publishes a `document`, if it has one.
    """

    def __init__(self, keeper: Keeper) -> None:
        self.change: Callable[[str, str, Said], Said] = lambda _method, _path, said: said
        self.document: Json = None
        self._keeper = keeper

    def __call__(self, method: str, path: str, kind: str, body: bytes) -> Said:
        """Hand a request on, and its answer back."""
        if path == "/openapi.json":
            return Said(200 if self.document else 404, self.document or {"said": "none"})
        return self.change(method, path, self._keeper(method, path, kind, body))


class _Server(ThreadingHTTPServer):
    def __init__(self, answer: Callable[[str, str, str, bytes], Said]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _answered(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type") or ""
        said = self.server.answer(self.command, self.path.partition("?")[0], kind, content)
        self.send_response(said.status)
        body = b"" if said.body is None else json.dumps(said.body).encode()
        for name, value in said.headers:
            self.send_header(name, value)
        if said.body is not None:
            self.send_header("Content-Type", _JSON)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "QUERY"):
    setattr(_Handler, f"do_{_method}", _Handler._answered)  # noqa: SLF001 -- it is this module's own


class System(Struct, frozen=True):
    """All three, and where each is."""

    service: Keeper
    twin: Keeper
    front: Front
    urls: dict[str, str]

    def words(self, *, twin: bool) -> list[str]:
        """Return the options by which it is attached to, with its twin or without."""
        words = [f"--gateway={self.urls['front']}", f"--service=items={self.urls['service']}"]
        return [*words, f"--twin=items={self.urls['twin']}"] if twin else words


@contextmanager
def keepers(service: Keeper, twin: Keeper) -> Iterator[System]:
    """Give a service, its twin, and a gateway before the first."""
    front = Front(service)
    servers = {"service": _Server(service), "twin": _Server(twin), "front": _Server(front)}
    threads = [
        Thread(target=one.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        for one in servers.values()
    ]
    for thread in threads:
        thread.start()
    try:
        yield System(service, twin, front, {name: one.url for name, one in servers.items()})
    finally:
        for one in servers.values():
            one.shutdown()
            one.server_close()
        for thread in threads:
            thread.join(timeout=5)


def stack_file(folder: Path, contract: str = "") -> Path:
    """Write a stack file that says something of it."""
    place = 'port = 1\ncommand = ["attached"]\nopenapi = "/openapi.json"\n'
    file = folder / "stack.toml"
    file.write_text(
        f'format_version = 2\nname = "items"\n[parts.front]\nrole = "gateway"\n{place}'
        f'[parts.items]\nrole = "service"\ntwin = true\n{place}{contract}',
        encoding="utf-8",
    )
    return file
