"""Remembers the calls that nobody waits for any more, until they would be too late anyway."""

import time

from system.wire.inbox import Delivery

# Beyond that the oldest are forgotten, and run if they come.
MAX_REMEMBERED = 10_000
# Longer than any call may take, whatever a message says.
MAX_REMEMBERED_S = 120.0


class Cancellations:
    """Correlation ids of withdrawn calls; one that comes is not begun."""

    def __init__(self) -> None:
        self._until_s: dict[str, float] = {}

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._until_s)

    async def hear(self, message: Delivery) -> None:
        """Remember the call that a message names, for as long as it says."""
        if message.correlation_id:
            self.add(message.correlation_id, lasts_s=message.expires_in_s)

    def add(self, correlation_id: str, *, lasts_s: float) -> None:
        """Remember a call for so long."""
        now_s = time.monotonic()
        self._forget(now_s)
        self._until_s[correlation_id] = now_s + min(lasts_s, MAX_REMEMBERED_S)

    def take(self, correlation_id: str) -> bool:
        """Tell whether a call was withdrawn; asked about once, since a call comes once."""
        return bool(self._until_s) and self._until_s.pop(correlation_id, 0.0) > time.monotonic()

    def _forget(self, now_s: float) -> None:
        # The oldest come first, and most calls may take equally long.
        while self._until_s:
            oldest = next(iter(self._until_s))
            if self._until_s[oldest] > now_s and len(self._until_s) < MAX_REMEMBERED:
                return
            del self._until_s[oldest]
