"""Compares two answers that are not held as a whole: sequences by their items, downloads by digest.

Of a sequence both sides' first items must be alike, in order, and
    begun      where the twin's first comes early, one of the gateway's comes while it is waited for
    handed on  they come one by one where the twin's do, and not all at once at the end
    ended      a sequence that has ended has as many as the twin's

Of a download as many bytes are compared as both sides sent.
"""

import re
from collections.abc import Iterator
from typing import Final

from testcontainers_fixtures.http_client.answer_bodies import (
    PIECE_BYTES,
    STREAM_S,
    BodyDigest,
    StreamedItems,
)

BODY: Final = "body"
# A gateway is not late by less: a machine may be busy.
_EARLY_S: Final = STREAM_S / 2
_SPREAD_S: Final = 0.5
_AT_ONCE: Final = 0.1
_SHOWN: Final = 12
_EXCERPT: Final = 40
_BLANK_LINES: Final = re.compile(r"(?>\r\n|\n|\r){2}")
_LINES: Final = re.compile(r"\r\n|\n|\r")

_BEFORE: Final = 20
_VALUE: Final = 120

Unlike = tuple[str, str, str]
Event = dict[str, str]


def events(content: bytes) -> list[Event]:
    """Return the events of a stream that carry data, each with its fields (HTML, 9.2.6)."""
    text = content.decode(errors="replace").removeprefix("\ufeff")
    found = (_event(block) for block in _BLANK_LINES.split(text))
    return [one for one in found if "data" in one]


def _event(block: str) -> Event:
    told: dict[str, str] = {}
    for line in _LINES.split(block):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data" and "data" in told:
            told["data"] += f"\n{value}"
        elif name:
            told[name] = value
    return {name: told[name] for name in ("event", "data", "id", "retry") if name in told}


def items(content: bytes, kind: str) -> list[Event]:
    """Return the items of a sequence, each as the fields of an event."""
    if kind == "text/event-stream":
        return events(content)
    lines = content.decode(errors="replace").replace("\x1e", "").split("\n")
    return [{"data": line} for line in lines if line.strip()]


def unlike_course(
    gateway: StreamedItems, twin: StreamedItems, counts: tuple[int, int]
) -> Iterator[Unlike]:
    """Yield in what two sequences came otherwise; `counts` are how many items each side had."""
    ours, theirs = counts
    if not ours and _is_early(gateway, twin):
        yield BODY, f"no item within {gateway.waited_s:.1f} s", _came(twin, theirs)
    elif gateway.ended and (ours < theirs or (twin.ended and ours > theirs)):
        yield BODY, f"{ours} items, and ends", _counted(twin, theirs)
    elif twin.ended and ours > theirs:
        yield BODY, f"{ours} items", _counted(twin, theirs)
    elif _is_held_back(gateway, twin):
        yield BODY, _came(gateway, ours), _came(twin, theirs)


def _is_early(gateway: StreamedItems, twin: StreamedItems) -> bool:
    """Tell whether the gateway was waited for long past the moment at which the twin began."""
    begun = twin.came_s[0] if twin.came_s else None
    return begun is not None and (gateway.ended or gateway.waited_s - begun >= _EARLY_S)


def _is_held_back(gateway: StreamedItems, twin: StreamedItems) -> bool:
    """Tell whether the gateway's came all at once, when the twin's last was due."""
    if min(len(gateway.came_s), len(twin.came_s)) <= 1:
        return False
    spread, due = (side.came_s[-1] - side.came_s[0] for side in (gateway, twin))
    late_s = gateway.came_s[0] - twin.came_s[0]
    return due >= _SPREAD_S and spread <= due * _AT_ONCE and late_s >= due * (1 - _AT_ONCE) / 2


def _counted(side: StreamedItems, count: int) -> str:
    return f"{count} items, and ends" if side.ended else f"{count} items, and goes on"


def _came(side: StreamedItems, count: int) -> str:
    if not side.came_s:
        return f"{count} items"
    first, last = side.came_s[0], side.came_s[-1]
    return f"{count} items, from {first:.1f} s to {last:.1f} s after it was asked"


def unlike_digest(gateway: BodyDigest, twin: BodyDigest) -> Iterator[Unlike]:
    """Yield where two bodies part, or that one of them is longer, as far as both were read."""
    pairs = enumerate(zip(gateway.pieces, twin.pieces, strict=False))
    at = next((number for number, (one, other) in pairs if one != other), None)
    if at is not None:
        yield f"{BODY} from byte {at * PIECE_BYTES:,} on", _told(gateway, at), _told(twin, at)
    elif _is_shorter(gateway, twin) or _is_shorter(twin, gateway) or twin.whole > gateway.whole:
        yield BODY, _told(gateway), _told(twin)


def _is_shorter(one: BodyDigest, other: BodyDigest) -> bool:
    """Tell whether one ended before the other did, or before as much of it was read."""
    return one.whole and one.size < other.size


def _told(side: BodyDigest, at: int | None = None) -> str:
    size = f"{side.size:,} bytes" if side.whole else f"{side.size:,} bytes and more"
    return f"{size}, there SHA-256 {side.pieces[at][:_SHOWN]}" if at is not None else size


def unlike_bytes(gateway: bytes, twin: bytes) -> Iterator[Unlike]:
    """Yield where two bodies part that are no JSON, and what each side has there."""
    if gateway != twin:
        at = _common(gateway, twin)
        where = f"{BODY} from byte {at:,} on" if at else BODY
        yield where, _excerpt(gateway, at), _excerpt(twin, at)


def _excerpt(side: bytes, at: int) -> str:
    shown = repr(side[at : at + _EXCERPT]) if side[at:] else "nothing more" if side else "nothing"
    return f"{shown} of {len(side):,} bytes" if at else shown


def _common(one: bytes, other: bytes) -> int:
    """Return with how many equal bytes both begin."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def told_apart(one: object, other: object) -> tuple[str, str]:
    """Return both as text that is not the same, unless they are."""
    texts = repr(one), repr(other)
    pairs = enumerate(zip(*texts, strict=False))
    parted = next((at for at, (a, b) in pairs if a != b), min(map(len, texts)))
    start = max(0, parted - _BEFORE) if parted > _VALUE // 2 else 0
    return _from(texts[0], start), _from(texts[1], start)


def _from(text: str, start: int) -> str:
    shown = text[start : start + _VALUE]
    ends = "..." if len(text) > start + _VALUE else ""
    return f"{'...' if start else ''}{shown}{ends}"
