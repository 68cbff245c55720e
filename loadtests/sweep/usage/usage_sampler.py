"""Watches what a system uses while it is loaded: a few readings a second, in a thread apart."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from testcontainers_fixtures.broker.queue_depth import Depth
from testcontainers_fixtures.engines.engine import Usage

# Figures are told by the second. They are read four times as often, because a phase begins
# anywhere between two readings, and what is guessed there must be small beside a phase.
EVERY_S: Final = 0.25
DEPTH_EVERY_S: Final = 1.0
# Reading must not become a load: at most this share of the time is spent on it.
MOST_SHARE: Final = 0.05
_END_WITHIN_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReading:
    """What was read at one moment (`time.monotonic`), each part's usage counted from its start."""

    at_s: float
    parts: Mapping[str, Usage]
    depth: Depth | None = None


class UsageSampler:
    """Reads until it is left; `readings` are in order of time.

    `parts` and `depth` are asked in a daemon thread. What they raise ends the watching, not the
    measurement: `failure` then says it.
    """

    def __init__(
        self,
        parts: Callable[[], Mapping[str, Usage]],
        depth: Callable[[], Depth | None] = lambda: None,
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self.readings: list[UsageReading] = []
        self.failure: str | None = None
        self._parts = parts
        self._depth = depth
        self._every_s = every_s
        self._depth_due_s = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="observer", daemon=True)

    def __repr__(self) -> str:
        """Show how much was read."""
        return f"<UsageSampler {len(self.readings)} readings>"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=_END_WITHIN_S)

    def _watch(self) -> None:
        pause_s, last = 0.0, False
        while not last:
            # Once more after the end, so that the last phase lies between two readings as well.
            last = self._ended.wait(pause_s)
            began_s = time.monotonic()
            try:
                self.readings.append(self._read(began_s))
            except Exception as error:  # noqa: BLE001 -- whatever it is, the measurement goes on
                self.failure = f"What the parts use is not known: {type(error).__name__}: {error}."
                return
            took_s = time.monotonic() - began_s
            pause_s = max(self._every_s - took_s, took_s / MOST_SHARE)

    def _read(self, now_s: float) -> UsageReading:
        parts = self._parts()
        if now_s < self._depth_due_s:
            return UsageReading(at_s=now_s, parts=parts)
        self._depth_due_s = now_s + DEPTH_EVERY_S
        return UsageReading(at_s=now_s, parts=parts, depth=self._depth())
