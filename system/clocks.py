"""Lays the clocks of other machines on this one's, by what comes from them.

Two machines' wall clocks differ, and both may be set at any time. Their monotonic clocks count from
different moments, but the difference stays what it is. Whatever comes says when it was sent; the
least (taken here - sent there) seen so far is that difference and the shortest way, and what
another took beyond it is how long it has waited: so do NTP (RFC 5905, 10) and LEDBAT (RFC 6817).

What a sender's first call has waited is not known; it counts as not at all.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# Quartz strays from quartz by less (NTP bounds it by 500 ppm), so that the least may rise so fast.
DRIFT: Final = 0.001
# A sender's monotonic clock stands still while its machine sleeps, and from then on all that it
# sends looks late. Nothing but late calls for so long are calls that are not late.
BELIEVED_LATE_S: Final = 2.0
# Boot ids are whatever a message says.
MOST_SENDERS: Final = 1_000


@dataclass(slots=True)
class _Sender:
    """What is known of one boot of another machine: the least difference, and since when."""

    least_s: float
    seen_s: float
    late_since_s: float | None = None
    least_late_s: float = 0.0

    def waited_s(self, difference_s: float, now_s: float, left_s: float) -> float:
        """Learn from a call that had so much time left when it was sent; say how long it waited."""
        risen_s = self.least_s + DRIFT * (now_s - self.seen_s)
        self.least_s, self.seen_s = min(difference_s, risen_s), now_s
        if difference_s - self.least_s < left_s:
            self.late_since_s = None
        elif self._late_for_s(difference_s, now_s) >= BELIEVED_LATE_S:
            self.least_s, self.late_since_s = self.least_late_s, None
        return difference_s - self.least_s

    def _late_for_s(self, difference_s: float, now_s: float) -> float:
        if self.late_since_s is None:
            self.late_since_s, self.least_late_s = now_s, difference_s
        self.least_late_s = min(self.least_late_s, difference_s)
        return now_s - self.late_since_s


class Clocks:
    """What one process knows of the clocks of those who send to it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._senders: dict[str, _Sender] = {}

    def __repr__(self) -> str:
        """Show how many machines are known."""
        return f"<Clocks of {len(self._senders)} other machines>"

    def due_s(self, boot: str, *, sent_s: float, left_s: float) -> float:
        """Return until when on this clock, for what has just come.

        `sent_s` is on the monotonic clock of `boot`, `left_s` the time that was left then.
        """
        now_s = self._clock()
        sender = self._senders.get(boot) or self._greet(boot, now_s - sent_s, now_s)
        return now_s + left_s - sender.waited_s(now_s - sent_s, now_s, left_s)

    def _greet(self, boot: str, difference_s: float, now_s: float) -> _Sender:
        while len(self._senders) >= MOST_SENDERS:
            del self._senders[next(iter(self._senders))]
        return self._senders.setdefault(boot, _Sender(difference_s, now_s))
