"""How long the event loop stood still: a greenlet that should wake every 10 ms, and does not."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time
from types import TracebackType
from typing import Final, Self

import gevent

EVERY_S: Final = 0.01
_MS_PER_S: Final = 1_000
_END_WITHIN_S: Final = 1.0


class EventLoopLag:
    """Watches while it is entered; `longest_ms` is by how much the latest wake-up was too late."""

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self._greenlet: gevent.Greenlet | None = None

    def __repr__(self) -> str:
        """Show the longest gap."""
        return f"<EventLoopLag {self.longest_ms:.1f} ms>"

    def __enter__(self) -> Self:
        self._greenlet = gevent.spawn(self._watch)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._greenlet:
            self._greenlet.kill(timeout=_END_WITHIN_S)

    def _watch(self) -> None:
        while True:
            slept_s = time.monotonic()
            gevent.sleep(EVERY_S)
            gap_s = time.monotonic() - slept_s - EVERY_S
            self.longest_ms = max(self.longest_ms, gap_s * _MS_PER_S)
