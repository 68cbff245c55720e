"""A service whose answers are no JSON, or do not end, and a gateway that can spoil each of them.

    python archive.py owner PORT              the service
    python archive.py gateway PORT OWNER      the gateway; DRIFT names what it spoils

What a drift does is said beside its name in DRIFTS.
"""

import gzip
import hashlib
import http.client
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

DRIFTS: Final = {
    "cut": "a download ends early, and says so",
    "swap": "a MiB in the middle of a download is another",
    "coding": "what is packed is unpacked on the way",
    "cookie": "of two cookies the second is lost",
    "buffer": "a stream of events is collected and never passed on",
    "late": "events that come one by one are passed on at once, at the end",
    "event": "a number in an event becomes text",
    "form": "a multipart body is read and written anew",
    "plus": "a URL-encoded body is read and written anew",
    "fresh": "If-None-Match is not passed on",
    "body": "an answer without a body has one",
}
MEBIBYTE: Final = 1024 * 1024
EXPORT: Final = b"".join(hashlib.sha256(b"%d" % n).digest() * 32_768 for n in range(20))
REPORT: Final = json.dumps({"said": "the same as ever " * 40}).encode()
TAG: Final = '"r1"'
TICK_S: Final = 0.2
TICKS: Final = 5
_SAID: Final = {"type": "object", "properties": {"said": {"type": "string"}}, "required": ["said"]}
_EVENT: Final = {
    "type": "object",
    "properties": {
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {
                "type": "object",
                "properties": {"n": {"type": "integer"}},
                "required": ["n"],
            },
        }
    },
    "required": ["data"],
}
_STREAM: Final = {"text/event-stream": {"itemSchema": _EVENT}}
_JSON: Final = {"application/json": {"schema": _SAID}}
_BYTES: Final[dict[str, Any]] = {"application/octet-stream": {"schema": {}}}
_FILE: Final = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "content": {"type": "string", "format": "binary"},
    },
    "required": ["title", "content"],
}
_NOTE: Final = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "tag": {"type": "string"}},
    "required": ["text"],
}


def _answers(content: dict[str, Any] | None, status: str = "200", **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- as OpenAPI has it
    said = {"description": "an answer"} | ({"content": content} if content else {})
    return {"responses": {status: said, **more}}


def _takes(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


def document() -> dict[str, Any]:
    """Return what the service publishes."""
    unchanged: dict[str, Any] = {"304": {"description": "unchanged"}}
    return {
        "openapi": "3.2.0",
        "info": {"title": "archive", "version": "1"},
        "paths": {
            "/events": {"get": _answers(_STREAM)},
            "/ticks": {"get": _answers(_STREAM)},
            "/export": {"get": _answers(_BYTES)},
            "/endless": {"get": _answers(_BYTES)},
            "/report": {"get": _answers(_JSON, "200", **unchanged)},
            "/cache": {"delete": _answers(None, "204")},
            "/files": {"post": _takes("multipart/form-data", _FILE) | _answers(_JSON, "201")},
            "/notes": {
                "post": _takes("application/x-www-form-urlencoded", _NOTE) | _answers(_JSON, "201")
            },
        },
    }


class Handler(BaseHTTPRequestHandler):
    """What owner and gateway share: a connection for one request, and pieces as they come."""

    protocol_version = "HTTP/1.1"
    method: str

    def body(self) -> bytes:
        """Return the request's body."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answered(
        self, status: int, headers: list[tuple[str, str]], pieces: Iterator[bytes] | None
    ) -> None:
        """Answer; what has no length ends with the connection."""
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        try:
            for piece in pieces or ():
                self.wfile.write(piece)
                self.wfile.flush()
        except OSError:
            pass  # whoever asked has had enough

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Owner(Handler):
    """The service."""

    def handled(self) -> None:
        """Answer one request."""
        path, body = urlsplit(self.path).path, self.body()
        known = document()["paths"] | {"/openapi.json": {"get": {}}}
        allowed = {one.upper() for one in known.get(path, {})}
        if path not in known:
            self._told(404, {"said": "nowhere"})
        elif self.command not in allowed | ({"HEAD"} if "GET" in allowed else set()):
            self._told(405, {"said": "no"}, ("Allow", ", ".join(sorted(allowed))))
        else:
            getattr(self, f"_{path.strip('/').partition('.')[0]}")(body)

    def _openapi(self, _: bytes) -> None:
        self._sized(200, "application/json", json.dumps(document()).encode())

    def _events(self, _: bytes) -> None:
        self._streamed("text/event-stream; charset=utf-8", _ticking(10_000, 0.01))

    def _ticks(self, _: bytes) -> None:
        self._streamed("text/event-stream", _ticking(TICKS, TICK_S))

    def _endless(self, _: bytes) -> None:
        self._streamed("application/octet-stream", (bytes(MEBIBYTE) for _ in range(10_000)))

    def _export(self, _: bytes) -> None:
        named = ("Content-Disposition", 'attachment; filename="export.bin"')
        self._sized(200, "application/octet-stream", EXPORT, named, ("ETag", '"e1"'))

    def _report(self, _: bytes) -> None:
        if self.headers.get("If-None-Match") == TAG:
            self.answered(304, [("ETag", TAG)], None)
            return
        more = [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"), ("ETag", TAG)]
        more += [("Set-Cookie", "a=1; Path=/; HttpOnly; Expires=Wed, 09 Jun 2027 10:18:14 GMT")]
        more += [("Set-Cookie", "b=2; Secure")]
        self._sized(200, "application/json", gzip.compress(REPORT, mtime=0), *more)

    def _cache(self, _: bytes) -> None:
        self.answered(204, [], None)

    def _files(self, body: bytes) -> None:
        self._kept(body)

    def _notes(self, body: bytes) -> None:
        self._kept(body)

    def _kept(self, body: bytes) -> None:
        said = f"{self.headers.get('Content-Type')} {hashlib.sha256(body).hexdigest()}"
        self._told(201, {"said": said})

    def _told(self, status: int, said: object, *more: tuple[str, str]) -> None:
        self._sized(status, "application/json", json.dumps(said).encode(), *more)

    def _sized(self, status: int, kind: str, content: bytes, *more: tuple[str, str]) -> None:
        headers = [("Content-Type", kind), ("Content-Length", str(len(content))), *more]
        self.answered(status, headers, iter([content]) if self.command != "HEAD" else None)

    def _streamed(self, kind: str, pieces: Iterator[bytes]) -> None:
        self.answered(200, [("Content-Type", kind)], pieces if self.command != "HEAD" else None)


def _ticking(count: int, each_s: float) -> Iterator[bytes]:
    for number in range(count):
        yield b'event: tick\r\ndata: {"n": %d}\r\n\r\n' % number
        time.sleep(each_s)


class Gateway(Handler):
    """Hands on to the owner, and back, but for what DRIFT names."""

    owner = ""
    drifts: frozenset[str] = frozenset()

    def handled(self) -> None:
        """Pass on one request."""
        where = urlsplit(self.owner)
        link = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
        headers = {n: v for n, v in self.headers.items() if n.lower() not in self._kept_back()}
        body = self.body()
        if "Content-Type" in self.headers:
            body = self._rewritten(body, headers)
        try:
            link.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                if name.lower() != "content-length":
                    link.putheader(name, value)
            if body or "Content-Length" in self.headers:
                link.putheader("Content-Length", str(len(body)))
            link.endheaders(body)
            self._passed(link.getresponse())
        finally:
            link.close()

    def _kept_back(self) -> set[str]:
        return {"connection", *(["if-none-match"] if "fresh" in self.drifts else [])}

    def _rewritten(self, body: bytes, headers: dict[str, str]) -> bytes:
        kind = headers["Content-Type"]
        if "plus" in self.drifts and kind.startswith("application/x-www-form-urlencoded"):
            return urlencode(
                parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
            ).encode()
        boundary = re.search(r'boundary="?([^";]+)', kind)
        if "form" in self.drifts and boundary:
            headers["Content-Type"] = kind.replace(boundary[1], "another")
            return body.replace(boundary[1].encode(), b"another")
        return body

    def _passed(self, answer: http.client.HTTPResponse) -> None:
        gone = {"connection", "transfer-encoding"}
        headers = [(n, v) for n, v in answer.getheaders() if n.lower() not in gone]
        pieces = _pieces(answer)
        path = urlsplit(self.path).path
        for name, spoil in SPOILED.items():
            if name in self.drifts and answer.status < 400 and self.command != "HEAD":  # noqa: PLR2004 -- HTTP
                headers, pieces = spoil(path, headers, pieces)
        self.answered(answer.status, headers, pieces if self.command != "HEAD" else None)


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while piece := answer.read1(64 * 1024):
        yield piece


Pairs = list[tuple[str, str]]
Spoil = Callable[[str, Pairs, Iterator[bytes]], tuple[Pairs, Iterator[bytes]]]


def _sized(headers: Pairs, content: bytes) -> tuple[Pairs, Iterator[bytes]]:
    kept = [one for one in headers if one[0].lower() != "content-length"]
    return [*kept, ("Content-Length", str(len(content)))], iter([content])


def _cut(path: str, headers: Pairs, pieces: Iterator[bytes]) -> tuple[Pairs, Iterator[bytes]]:
    if path != "/export":
        return headers, pieces
    return _sized(headers, b"".join(pieces)[: 18 * MEBIBYTE])


def _swap(path: str, headers: Pairs, pieces: Iterator[bytes]) -> tuple[Pairs, Iterator[bytes]]:
    if path != "/export":
        return headers, pieces
    whole = b"".join(pieces)
    return _sized(headers, whole[: 5 * MEBIBYTE] + bytes(MEBIBYTE) + whole[6 * MEBIBYTE :])


def _coding(path: str, headers: Pairs, pieces: Iterator[bytes]) -> tuple[Pairs, Iterator[bytes]]:
    if path != "/report" or ("Content-Encoding", "gzip") not in headers:
        return headers, pieces
    kept = [one for one in headers if one[0] != "Content-Encoding"]
    return _sized(kept, gzip.decompress(b"".join(pieces)))


def _cookie(_: str, headers: Pairs, pieces: Iterator[bytes]) -> tuple[Pairs, Iterator[bytes]]:
    return list(dict(reversed(headers)).items())[::-1], pieces


def _buffer(path: str, headers: Pairs, pieces: Iterator[bytes]) -> tuple[Pairs, Iterator[bytes]]:
    return headers, _collected(pieces) if path == "/events" else pieces


def _late(path: str, headers: Pairs, pieces: Iterator[bytes]) -> tuple[Pairs, Iterator[bytes]]:
    return headers, _collected(pieces) if path == "/ticks" else pieces


def _collected(pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield b"".join(pieces)


def _event(path: str, headers: Pairs, pieces: Iterator[bytes]) -> tuple[Pairs, Iterator[bytes]]:
    spoiled = (re.sub(rb'"n": (\d+)', rb'"n": "\1"', piece) for piece in pieces)
    return headers, spoiled if path == "/ticks" else pieces


def _body(path: str, headers: Pairs, pieces: Iterator[bytes]) -> tuple[Pairs, Iterator[bytes]]:
    return (headers, pieces) if path != "/cache" else (headers, iter([b"{}"]))


SPOILED: Final[dict[str, Spoil]] = {
    "cut": _cut, "swap": _swap, "coding": _coding, "cookie": _cookie,
    "buffer": _buffer, "late": _late, "event": _event, "body": _body,
}  # fmt: skip


def serving(role: str, port: int, owner: str = "", drifts: str = "") -> ThreadingHTTPServer:
    """Return a server of either role, which does not serve yet."""
    base: type[Handler] = Gateway if role == "gateway" else Owner
    known = {"owner": owner, "drifts": frozenset(filter(None, drifts.split(",")))}
    made = type("Served", (base,), known)
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "QUERY"):
        setattr(made, f"do_{method}", base.handled)  # type: ignore[attr-defined] # of either
    server = ThreadingHTTPServer(("127.0.0.1", port), made)
    server.daemon_threads = True
    return server


if __name__ == "__main__":
    role, port, owner = (*sys.argv[1:], "")[:3]
    serving(role, int(port), owner, os.environ.get("DRIFT", "")).serve_forever()
