"""Reads an answer's body within bounds: as a whole, in items where it need not end, or by digest.

    a sequence   `text/event-stream`, JSON lines: until so many items, bytes or seconds have come
    a download   what is no JSON, XML or YAML, and larger than anybody wants to hold: a digest of
                 each MiB, the first of which is held
    no body      of an answer that has none (RFC 9110, 6.4.1), what comes behind it all the same

Everything else is whole, or no answer.
"""

import hashlib
import http.client
import re
import time
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from testcontainers_fixtures.http_client.metered import Metered

PIECE_BYTES: Final = 1024 * 1024
MOST_ANSWER_BYTES: Final = 16 * PIECE_BYTES
MOST_DOWNLOAD_BYTES: Final = 64 * PIECE_BYTES
STREAM_S: Final = 2.0
STREAM_ITEMS: Final = 10
# What follows an answer without a body comes with it, or not at all.
_SURPLUS_S: Final = 0.02
_READ_BYTES: Final = 64 * 1024
_BODILESS: Final = frozenset({204, 304})
_STRUCTURED: Final = re.compile(r"[/+](json|xml|yaml|x-yaml|problem)\b|^text/(html|yaml|xml)")
# The end of an item. The end of a line is CR LF, LF or CR (html.spec.whatwg.org, 9.2.5).
_BLANK_LINE: Final = re.compile(rb"(?>\r\n|\n|\r){2}")
_LINE: Final = re.compile(rb"\n")
SEQUENCES: Final = {
    "text/event-stream": _BLANK_LINE,
    "application/jsonl": _LINE,
    "application/x-ndjson": _LINE,
    "application/ndjson": _LINE,
    "application/json-seq": _LINE,
}
_DATA: Final = re.compile(rb"(?:^|[\r\n])(?:\xef\xbb\xbf)?data(?::|[\r\n]|$)")


class AnswerBounds(Struct, frozen=True, kw_only=True):
    """How much is read of an answer that need not end, and of one that is larger than is held.

    Without `download_bytes` nothing is a download.
    """

    stream_s: float = STREAM_S
    stream_items: int = STREAM_ITEMS
    stream_bytes: int = PIECE_BYTES
    download_bytes: int = 0


class StreamedItems(Struct, frozen=True, kw_only=True):
    """How the items of a sequence came: when each was there, in seconds since it was asked for.

    `ended` says that the sequence did; `waited_s` is how long it was listened to. Of a sequence
    that is packed nobody knows when an item came.
    """

    ended: bool
    waited_s: float
    came_s: tuple[float, ...] = ()


class BodyDigest(Struct, frozen=True, kw_only=True):
    """A body that is not held: how many bytes were read, and the SHA-256 of each MiB of them.

    `whole` is False where more would have come.
    """

    size: int
    pieces: tuple[str, ...]
    whole: bool


class AnswerBody(Struct, frozen=True, kw_only=True):
    """What was read: all of it, unless `items` or `digest` tell how much."""

    content: bytes
    items: StreamedItems | None = None
    digest: BodyDigest | None = None


def kind_of(said: str | None) -> str:
    """Return a media type without its parameters, in lower case."""
    return (said or "").partition(";")[0].strip().lower()


def digest_of(content: bytes, *, whole: bool = True) -> BodyDigest:
    """Return the digest of a body that is held."""
    starts = range(0, len(content), PIECE_BYTES)
    pieces = (hashlib.sha256(content[at : at + PIECE_BYTES]).hexdigest() for at in starts)
    return BodyDigest(size=len(content), pieces=tuple(pieces), whole=whole)


def read_body(
    answer: http.client.HTTPResponse,
    link: Metered,
    bounds: AnswerBounds,
    *,
    asked_s: float,
    bodiless: bool = False,
) -> AnswerBody:
    """Read a body; raise ExchangeTooLargeError, or TimeoutError, for one that is no answer.

    `asked_s` is when it was asked for; `bodiless` that it was asked for its head alone.
    """
    if bodiless or answer.status in _BODILESS:
        return AnswerBody(content=_surplus(answer, link))
    kind = kind_of(answer.getheader("Content-Type"))
    if kind in SEQUENCES:
        return _items(answer, link, bounds, SEQUENCES[kind], asked_s)
    if bounds.download_bytes and not _STRUCTURED.search(kind):
        return _download(answer, link, bounds.download_bytes)
    return AnswerBody(content=answer.read())


def _surplus(answer: http.client.HTTPResponse, link: Metered) -> bytes:
    """Return what came behind an answer that has no body: whoever keeps the connection reads it."""
    link.until_s = min(link.until_s, time.monotonic() + _SURPLUS_S)
    try:
        return answer.fp.peek(_READ_BYTES)
    except OSError:
        return b""  # the connection may be gone by then, and a time-out is such an error as well


def _items(
    answer: http.client.HTTPResponse,
    link: Metered,
    bounds: AnswerBounds,
    end_of: re.Pattern[bytes],
    asked_s: float,
) -> AnswerBody:
    """Read until so many items, bytes or seconds have come; what is half there then is no item."""
    began_s = time.monotonic()
    link.until_s = min(link.until_s, began_s + bounds.stream_s)
    packed = answer.getheader("Content-Encoding") is not None
    found, ended = _Items(end_of), False
    try:
        for piece in _pieces(answer):
            found.add(piece, time.monotonic() - asked_s)
            if len(found.content) > bounds.stream_bytes or (
                not packed and len(found.came_s) >= bounds.stream_items
            ):
                break
        else:
            ended = True
    except TimeoutError:
        pass
    content = found.content if ended or packed else found.content[: found.end]
    return AnswerBody(
        content=bytes(content),
        items=StreamedItems(
            ended=ended,
            waited_s=time.monotonic() - began_s,
            came_s=() if packed else tuple(found.came_s),
        ),
    )


class _Items:
    """What has come of a sequence, where its last whole item ends, and when each was there."""

    def __init__(self, end_of: re.Pattern[bytes]) -> None:
        self.content = bytearray()
        self.came_s: list[float] = []
        self.end = 0
        self._end_of = end_of

    def add(self, piece: bytes, at_s: float) -> None:
        """Note a piece; a comment, which keeps a stream of events alive, is no item."""
        self.content += piece
        for found in self._end_of.finditer(self.content, self.end):
            block = bytes(self.content[self.end : found.start()])
            self.end = found.end()
            if block.strip() and (self._end_of is _LINE or _DATA.search(block)):
                self.came_s.append(at_s)


def _download(answer: http.client.HTTPResponse, link: Metered, most_bytes: int) -> AnswerBody:
    """Read what is large in pieces, of which the first is held; what is not is read as ever."""
    link.most_bytes = max(link.most_bytes, most_bytes + MOST_ANSWER_BYTES)
    held, pieces, size, whole = bytearray(), _Pieces(), 0, False
    try:
        for piece in _pieces(answer):
            size += len(piece)
            held += piece if len(held) <= MOST_ANSWER_BYTES else b""
            pieces.add(piece)
            if size > most_bytes:
                break
        else:
            whole = True
    except TimeoutError:
        if size <= MOST_ANSWER_BYTES:
            raise  # a little in all that time is no answer
    if whole and size <= MOST_ANSWER_BYTES:
        return AnswerBody(content=bytes(held))
    digest = BodyDigest(size=size, pieces=pieces.told(whole=whole), whole=whole)
    return AnswerBody(content=bytes(held[:PIECE_BYTES]), digest=digest)


class _Pieces:
    """The digests of what comes, a MiB each."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._open = hashlib.sha256()
        self._left = PIECE_BYTES

    def add(self, content: bytes) -> None:
        """Go on with what has come."""
        while content:
            taken, content = content[: self._left], content[self._left :]
            self._open.update(taken)
            self._left -= len(taken)
            if not self._left:
                self._told.append(self._open.hexdigest())
                self._open, self._left = hashlib.sha256(), PIECE_BYTES

    def told(self, *, whole: bool) -> tuple[str, ...]:
        """Return them; the last, which may be shorter, where nothing comes behind it."""
        rest = [self._open.hexdigest()] if whole and self._left < PIECE_BYTES else []
        return (*self._told, *rest)


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield a body as it comes; raise IncompleteRead where it ends before it said."""
    while piece := answer.read1(_READ_BYTES):
        yield piece
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
