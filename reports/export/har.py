"""Writes requests and answers as HAR 1.2, which browsers' developer tools open.

Source: Jan Odvarko, HTTP Archive 1.2 Specification (softwareishard.com/blog/har-12-spec).
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from msgspec import Struct

from reports.record.failures import Body, RecordedRequest, RecordedResponse

MOST_BODY_CHARACTERS: Final = 20_000
UNKNOWN_SIZE: Final = -1
_HTTP: Final = "HTTP/1.1"


class HarEntry(Struct, frozen=True, kw_only=True):
    """One request to the gateway and its answer; `failed` is the sentence of what it shows."""

    service: str
    at: datetime
    took_s: float
    request: RecordedRequest
    answer: RecordedResponse
    failed: str = ""


def har(entries: Iterable[HarEntry], gateway: str) -> str:
    """Return the entries as a HAR file's text; `gateway` is the URL that was asked."""
    written = [_entry(one, gateway) for one in sorted(entries, key=lambda one: one.at)]
    log = {
        "version": "1.2",
        "creator": {"name": "gatewaybench", "version": "1"},
        "entries": written,
    }
    return json.dumps({"log": log}, ensure_ascii=False, indent=1) + "\n"


def _entry(one: HarEntry, gateway: str) -> dict[str, Any]:
    took_ms = round(one.took_s * 1_000, 3)
    return {
        "startedDateTime": one.at.isoformat(),
        "time": took_ms,
        "request": _request(one.request, gateway),
        "response": _response(one.answer),
        "cache": {},
        # What of it was sending and receiving was not measured.
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
        "comment": one.failed or one.service,
    }


def _request(one: RecordedRequest, gateway: str) -> dict[str, Any]:
    _, _, query = one.target.partition("?")
    written: dict[str, Any] = {
        "method": one.method,
        "url": gateway + one.target,
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _pairs(one.headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(query, keep_blank_values=True, errors="backslashreplace")
        ],
        "headersSize": UNKNOWN_SIZE,
        "bodySize": one.body.size if one.body else 0,
    }
    if one.body is not None:
        kind = next((v for n, v in one.headers.items() if n.lower() == "content-type"), "")
        told = _text(one.body)
        # Of an answer's content alone HAR knows an encoding; a field of one's own has a low line.
        coded = {"_encoding": told.pop("encoding")} if "encoding" in told else {}
        written["postData"] = {"mimeType": kind, "params": [], **told, **coded}
    return written


def _response(one: RecordedResponse) -> dict[str, Any]:
    known = {status.value: status.phrase for status in HTTPStatus}
    return {
        "status": one.status,
        "statusText": known.get(one.status, ""),
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _pairs(one.headers),
        "content": {
            "size": one.body.size,
            "mimeType": one.headers.get("content-type", ""),
            **_text(one.body),
        },
        "redirectURL": one.headers.get("location", ""),
        "headersSize": UNKNOWN_SIZE,
        "bodySize": one.body.size,
    }


def _text(one: Body) -> dict[str, Any]:
    text = one.text[:MOST_BODY_CHARACTERS]
    said = {"text": text} | ({"encoding": "base64"} if one.encoding == "base64" else {})
    return said | ({"comment": "cut"} if len(text) < len(one.text) else {})


def _pairs(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]
