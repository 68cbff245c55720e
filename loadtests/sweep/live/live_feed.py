"""What a run tells while it goes, as numbered events that any number of readers follow."""

import threading
from collections import deque
from collections.abc import Mapping
from typing import Any, Final, Protocol

from msgspec import Struct

from testcontainers_fixtures.output.redaction import hidden_in

# Who comes late is told what led here: ten minutes of seconds, and every trial of a long run.
MOST_SECONDS: Final = 600
MOST_OTHERS: Final = 2_000
SECOND: Final = "second"
END: Final = "end"


class LiveEvent(Struct, frozen=True, kw_only=True):
    """Something that was told: `number` counts from 1 on, `about` is plain data."""

    number: int
    kind: str
    about: dict[str, Any]


class Feed(Protocol):
    """Takes what a run tells."""

    def tell(self, kind: str, about: Mapping[str, Any]) -> None:
        """Take one event; it must not wait."""


class NoFeed:
    """Nobody looks."""

    def tell(self, kind: str, about: Mapping[str, Any]) -> None:
        """Forget it."""


class LiveFeed:
    """Keeps what was told, and wakes who waits for more; safe between threads."""

    def __init__(self) -> None:
        self._seconds: deque[LiveEvent] = deque(maxlen=MOST_SECONDS)
        self._others: deque[LiveEvent] = deque(maxlen=MOST_OTHERS)
        self._number = 0
        self._changed = threading.Condition()

    def __repr__(self) -> str:
        """Show how much was told."""
        return f"<LiveFeed {self._number} events>"

    def tell(self, kind: str, about: Mapping[str, Any]) -> None:
        """Keep an event, without what is secret, and wake who waits."""
        with self._changed:
            self._number += 1
            event = LiveEvent(number=self._number, kind=kind, about=hidden_in(dict(about)))
            (self._seconds if kind == SECOND else self._others).append(event)
            self._changed.notify_all()

    def after(self, number: int, *, within_s: float) -> list[LiveEvent]:
        """Return the events after a number, in order; none where nothing comes within the bound."""
        with self._changed:
            self._changed.wait_for(lambda: self._number > number, timeout=within_s)
            kept = [*self._seconds, *self._others]
        return sorted((one for one in kept if one.number > number), key=lambda one: one.number)
