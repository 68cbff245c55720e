"""A small gateway that breaks promises on demand, in this process, and notes what it is asked."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

LONGEST: Final = 20
FAILED: Final = 500
# What a page, a terminal and a CI service would obey.
FLAW: Final = "<script>alert(1)</script>\x1b[31m ::error::owned ##[stop-commands]owned"
_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST}


def _answers(*statuses: str) -> dict[str, Any]:
    said = {"type": "object", "properties": {"said": _TEXT}, "required": ["said"]}
    content = {"application/json": {"schema": said}}
    return {status: {"description": "an answer", "content": content} for status in statuses}


DOCUMENT: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {"title": "echo", "version": "1"},
    "paths": {
        "/echo": {
            "get": {
                "parameters": [{"in": "query", "name": "word", "required": True, "schema": _TEXT}],
                "responses": _answers("200", "422"),
            }
        },
        "/shout": {
            "get": {
                "parameters": [{"in": "query", "name": "word", "required": True, "schema": _TEXT}],
                "responses": _answers("200", "422"),
            }
        },
    },
}


class Flawed(ThreadingHTTPServer):
    """Answers /echo and /shout; `flaws` are those paths that answer 500, `left` how often yet.

    `more` are headers of every answer; what is `packed` is in gzip, and says so.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.flaws: set[str] = set()
        self.left = 1_000_000
        self.more: list[tuple[str, str]] = []
        self.packed = False
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def status(self, path: str, words: list[str]) -> int:
        """Return the status that a request is answered with."""
        if path in self.flaws and self.left > 0:
            self.left -= 1
            return FAILED
        return 200 if len(words) == 1 and 1 <= len(words[0]) <= LONGEST else 422


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Flawed

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        self.server.asked.append(f"{self.command} {self.path} {body!r}")
        parts = urlsplit(self.path)
        known = parts.path in DOCUMENT["paths"]
        words = parse_qs(parts.query, keep_blank_values=True).get("word", [])
        status = 404 if not known else self.server.status(parts.path, words)
        if known and self.command not in {"GET", "HEAD"}:
            status = 405
        self._send(status)

    def _send(self, status: int) -> None:
        text = FLAW if status == FAILED else "said"
        content = json.dumps({"said": text}).encode()
        self.send_response(status)
        for name, value in self.server.more:
            self.send_header(name, value)
        if self.server.packed:
            content = gzip.compress(content)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Allow", "GET")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "QUERY"):
    setattr(_Handler, f"do_{_method}", _Handler._answer)  # noqa: SLF001 -- it is this module's own


@contextmanager
def flawed() -> Iterator[Flawed]:
    """Give the gateway, without a flaw."""
    with Flawed() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=5)


def document(folder: Path) -> Path:
    """Write what the gateway should keep, and return the file."""
    file = folder / "echo.json"
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return file
