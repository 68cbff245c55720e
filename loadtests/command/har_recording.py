"""Reads what a browser or a proxy recorded (HAR 1.2): which requests a gateway was asked, and how.

Of one origin, that which answered the most JSON unless another is named. What a page is made of
(scripts, styles, pictures), what a browser asks on its own (preflights) and what failed is no part
of what a user does.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPMethod, HTTPStatus
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.http_client.answer_bodies import kind_of

_PAGE: Final = re.compile(r"(text/(html|css|javascript)|image/|font/|audio/|video/|.*javascript)")
_MS_PER_S: Final = 1_000
_EXPECTED: Final = "Expected a HAR file, as a browser's network panel saves one"


class Exchange(Struct, frozen=True, kw_only=True):
    """One request that was answered; header names are in lower case, times in seconds.

    `sent` and `answered` are bodies as JSON has them, None where there is none or it is no JSON;
    `sent_kind` is the media type of what was sent, "" for nothing. `cookies` were set by it.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    sent_kind: str
    sent: Any
    status: int
    answered: Any
    answer_headers: Mapping[str, str]
    cookies: Mapping[str, str]
    begun_s: float
    ended_s: float

    @property
    def label(self) -> str:
        """Return the request in a word."""
        return f"{self.method} {self.target.partition('?')[0]}"


class HarRecording(Struct, frozen=True, kw_only=True):
    """The requests to one origin, in the order they were made, and what was left out: sentences."""

    origin: str
    exchanges: tuple[Exchange, ...]
    left_out: tuple[str, ...]


def recorded(file: Path, origin: str | None = None) -> HarRecording:
    """Return what a file holds of an origin; raise SpecError for what is no such file."""
    entries = sorted(_entries(file), key=lambda one: one[1].begun_s)
    chosen = origin.rstrip("/") if origin else _most_asked(entries, file)
    ours = [one for at, one in entries if at == chosen]
    others = Counter(at for at, _ in entries if at != chosen)
    if not ours:
        raise SpecError(f"Nothing in {file} was asked of {chosen}; seen: {', '.join(others)}.")
    left_out = [f"{count} to {at}" for at, count in others.most_common()]
    kept: list[Exchange] = []
    for one, why in ((one, _why_not(one)) for one in ours):
        left_out += [f"{one.label}: {why}"] if why else []
        kept += [] if why else [one]
    return HarRecording(
        origin=chosen, exchanges=tuple(kept), left_out=tuple(dict.fromkeys(left_out))
    )


def _entries(file: Path) -> Iterator[tuple[str, Exchange]]:
    try:
        whole = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        for entry in whole["log"]["entries"]:
            url = urlsplit(entry["request"]["url"])
            if url.scheme in {"http", "https"}:
                yield f"{url.scheme}://{url.netloc.rpartition('@')[2]}", _exchange(entry)
    except OSError as error:
        raise SpecError(f"{_EXPECTED}, in {file}, but: {error.strerror}.") from error
    except (msgspec.DecodeError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise SpecError(f"{_EXPECTED}; {file} is none: {type(error).__name__}: {error}.") from error


def _exchange(entry: Mapping[str, Any]) -> Exchange:
    asked, answer = entry["request"], entry["response"]
    url = urlsplit(asked["url"])
    begun_s = datetime.fromisoformat(entry["startedDateTime"]).timestamp()
    posted = asked.get("postData") or {}
    headers = _headers(answer["headers"])
    return Exchange(
        method=asked["method"].upper(),
        target=f"{url.path or '/'}{'?' + url.query if url.query else ''}",
        headers=_headers(asked["headers"]),
        sent_kind=kind_of(posted.get("mimeType")) if posted.get("text") else "",
        sent=_json(posted.get("mimeType"), posted.get("text") or ""),
        status=int(answer["status"]),
        answered=_json(answer["content"].get("mimeType"), _text(answer["content"])),
        answer_headers={"content-type": answer["content"].get("mimeType") or "", **headers},
        cookies=dict(_cookies(answer["headers"])),
        begun_s=begun_s,
        ended_s=begun_s + max(0.0, float(entry.get("time") or 0)) / _MS_PER_S,
    )


def _headers(said: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {one["name"].lower(): one["value"] for one in said}


def _cookies(said: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for one in said:
        # Chrome joins several with line ends.
        for line in one["value"].split("\n") if one["name"].lower() == "set-cookie" else ():
            try:
                yield from ((name, held.value) for name, held in SimpleCookie(line).items())
            except CookieError:
                continue


def _text(content: Mapping[str, Any]) -> str:
    text = content.get("text") or ""
    if content.get("encoding") != "base64":
        return str(text)
    try:
        return base64.b64decode(text).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _json(said: str | None, text: str) -> Any:  # noqa: ANN401 -- any JSON
    if "json" not in kind_of(said):
        return None
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None


def _most_asked(entries: Sequence[tuple[str, Exchange]], file: Path) -> str:
    counted = Counter(at for at, one in entries if one.answered is not None)
    counted = counted or Counter(at for at, _ in entries)
    if not counted:
        raise SpecError(f"{_EXPECTED}; {file} has no request over HTTP.")
    return counted.most_common(1)[0][0]


def _why_not(one: Exchange) -> str:
    """Return why a request is no part of what a user does; "" where it is."""
    if one.method not in HTTPMethod.__members__ or one.method in {"OPTIONS", "CONNECT", "TRACE"}:
        return "a browser's own"
    if _PAGE.match(kind_of(one.answer_headers["content-type"])):
        return "a part of a page"
    if one.status < HTTPStatus.OK or one.status >= HTTPStatus.BAD_REQUEST:
        return f"it was answered {one.status}" if one.status else "it was not answered"
    if one.sent_kind and one.sent is None:
        return f"its body is {one.sent_kind}, and that of a step is JSON"
    return ""
