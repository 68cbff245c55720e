"""How long is waited for answers that need not end, and how much of a download is read.

The first of an operation are listened to in full. Later ones are by a fraction: what they would
tell is known, and a fuzz asks often.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol

from testcontainers_fixtures.http_client.answer_bodies import (
    MOST_DOWNLOAD_BYTES,
    PIECE_BYTES,
    AnswerBounds,
    BodyDigest,
    StreamedItems,
)

FULL: Final = AnswerBounds(download_bytes=MOST_DOWNLOAD_BYTES)
BRIEF: Final = AnswerBounds(stream_s=0.25, download_bytes=PIECE_BYTES)
# How many answers of one operation are read in full.
MOST_IN_FULL: Final = 3

_now: ContextVar[AnswerBounds] = ContextVar("answer_bounds", default=FULL)


def bounds() -> AnswerBounds:
    """Return what is read of an answer at the moment."""
    return _now.get()


class ReadInPart(Protocol):
    """An answer that may not be held as a whole."""

    @property
    def items(self) -> StreamedItems | None:
        """Return how the items of a sequence came."""
        ...

    @property
    def digest(self) -> BodyDigest | None:
        """Return the digest of what is larger than is held."""
        ...


class AnswerPatience:
    """Counts, by operation, the answers that had to be ended."""

    def __init__(self) -> None:
        self._ended: Counter[str] = Counter()

    def __repr__(self) -> str:
        """Show how often which was ended."""
        return f"<AnswerPatience {dict(self._ended)}>"

    @contextmanager
    def of(self, operation: str) -> Iterator[None]:
        """Read answers of one operation in full, or briefly, for a while."""
        token = _now.set(FULL if self._ended[operation] < MOST_IN_FULL else BRIEF)
        try:
            yield
        finally:
            _now.reset(token)

    def note(self, operation: str, answer: ReadInPart | None) -> None:
        """Count an answer of an operation that was ended by us, if it was."""
        if answer is not None and is_ended(answer):
            self._ended[operation] += 1


def is_ended(answer: ReadInPart) -> bool:
    """Tell whether more of an answer would have come."""
    cut_stream = answer.items is not None and not answer.items.ended
    return cut_stream or (answer.digest is not None and not answer.digest.whole)
