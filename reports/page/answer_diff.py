"""Lays two answers to one request side by side, with what differs marked, line by line.

Bodies come from the system under test and are hostile: they are lines of text here and nothing
else, of a bounded number and length. JSON is put one value a line, its own spelling kept.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

import msgspec
from msgspec import Struct

from reports.record.failures import SILENT, Body, RecordedResponse
from reports.record.number_formats import count, visible

MOST_LINES: Final = 60
MOST_LINE_CHARACTERS: Final = 400
# Beyond it lines are compared by their place alone.
MOST_COMPARED: Final = 2_000
CONTEXT: Final = 3


class DiffLine(Struct, frozen=True, kw_only=True):
    """A line as it is shown; `marked` where the other side has it otherwise, or not at all."""

    text: str
    marked: bool = False


class AnswerSide(Struct, frozen=True, kw_only=True):
    """One side's answer: its status line, its headers, its body, and what was left out of it."""

    name: str
    status: DiffLine
    headers: tuple[DiffLine, ...]
    body: tuple[DiffLine, ...]
    note: str = ""


def side_by_side(
    gateway: RecordedResponse, twin: RecordedResponse | None
) -> tuple[AnswerSide, ...]:
    """Return the gateway's answer, and beside it the twin's where it was asked."""
    if twin is None:
        return (_side("gateway", gateway, None, tuple(map(_plain, _lines(gateway.body)))),)
    ours, theirs = _compared(_lines(gateway.body), _lines(twin.body))
    return _side("gateway", gateway, twin, ours), _side("twin", twin, gateway, theirs)


def _side(
    name: str, one: RecordedResponse, other: RecordedResponse | None, lines: Sequence[DiffLine]
) -> AnswerSide:
    status = "no answer" if one.status == SILENT else str(one.status)
    differs = other is not None and one.status != other.status
    shown = tuple(lines[:MOST_LINES])
    return AnswerSide(
        name=name,
        status=DiffLine(text=status, marked=differs),
        headers=tuple(_headers(one, other)),
        body=shown,
        note=_left_out(one.body, len(lines) - len(shown)),
    )


def _headers(one: RecordedResponse, other: RecordedResponse | None) -> Iterator[DiffLine]:
    """Yield the headers; which of them may differ is the record's to say, so none is marked."""
    for name, value in one.headers.items():
        differs = other is not None and name in _TOLD and other.headers.get(name) != value
        yield DiffLine(text=_cut(f"{name}: {value}"), marked=differs)


# The headers of which a difference is one to anybody.
_TOLD: Final = frozenset(
    {"content-type", "etag", "location", "retry-after", "cache-control", "allow", "vary"}
)


def _lines(body: Body) -> list[str]:
    if body.encoding == "base64":
        return [f"{count(body.size)} bytes that are no UTF-8, in base64:", body.text]
    try:
        text = msgspec.json.format(body.text.encode(), indent=2).decode()
    except msgspec.DecodeError:
        text = body.text
    # Only a line feed ends a line: what else str.splitlines takes for one is shown as what it is.
    return text.split("\n") if text else []


def _compared(ours: list[str], theirs: list[str]) -> tuple[list[DiffLine], list[DiffLine]]:
    """Return both sides' lines; of a long stretch in which they agree, its two ends."""
    if max(len(ours), len(theirs)) > MOST_COMPARED:
        return _by_place(ours, theirs), _by_place(theirs, ours)
    found: tuple[list[DiffLine], list[DiffLine]] = ([], [])
    steps = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    for kind, i, j, k, m in steps:
        for side, part in zip(found, (ours[i:j], theirs[k:m]), strict=True):
            side.extend(_folded(part) if kind == "equal" else map(_marked, part))
    return found


def _by_place(ours: list[str], theirs: list[str]) -> list[DiffLine]:
    padded = theirs[: len(ours)] + [None] * (len(ours) - len(theirs))
    return [
        DiffLine(text=_cut(one), marked=one != other)
        for one, other in zip(ours, padded, strict=True)
    ]


def _folded(lines: list[str]) -> list[DiffLine]:
    if len(lines) <= 2 * CONTEXT + 1:
        return [_plain(one) for one in lines]
    between = DiffLine(text=f"  … {count(len(lines) - 2 * CONTEXT)} lines that agree")
    ends = [_plain(one) for one in (*lines[:CONTEXT], *lines[-CONTEXT:])]
    return [*ends[:CONTEXT], between, *ends[CONTEXT:]]


def _plain(line: str) -> DiffLine:
    return DiffLine(text=_cut(line))


def _marked(line: str) -> DiffLine:
    return DiffLine(text=_cut(line), marked=True)


def _cut(line: str) -> str:
    return visible(line, MOST_LINE_CHARACTERS)


def _left_out(body: Body, lines: int) -> str:
    said = [f"{count(lines)} more lines are not shown"] if lines > 0 else []
    kept = len(body.content)
    if kept < body.size:
        said.append(f"of {count(body.size)} bytes the record keeps the first {count(kept)}")
    return "; ".join(said)
