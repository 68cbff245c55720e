"""What is told of workers that are waited for: who is here, and later who is missing."""

import time
from typing import Final

from loadtests.plan.load_workers import Assembled, Awaited, Missing, Noted

# Between trials they are away for some seconds, which is nothing to tell.
QUIET_S: Final = 5.0


class WorkersShown:
    """Takes what a master says of its workers, and tells what has changed for a person.

    `here` are those that take part, as far as it is known.
    """

    def __init__(self) -> None:
        self.here: tuple[str, ...] = ()
        self._known: tuple[str, ...] = ()
        self._last: str = ""
        self._since_s: float | None = None

    def __repr__(self) -> str:
        """Show who took part the last time."""
        return f"<WorkersShown {', '.join(self.here)}>"

    def take(self, noted: Noted) -> None:
        """Take in who has left."""
        self.here = tuple(name for name in self.here if name != noted.left)

    def told(self, line: Awaited | Assembled | Missing) -> str:
        """Return what is new, in words; "" where that is nothing."""
        # Between trials they are away and come back; who does not is missed by the next one.
        if not self._known or isinstance(line, (Assembled, Missing)):
            self.here = line.here
        if isinstance(line, Assembled):
            self._known, self._since_s, self._last = line.here, None, ""
            return ""
        self._since_s = self._since_s or time.monotonic()
        text = self._text(line.here)
        if text == self._last:
            return ""
        self._last = text
        return text

    def _text(self, here: tuple[str, ...]) -> str:
        if not self._known:
            return f"here: {', '.join(here) or 'none'}"
        missing = [name for name in self._known if name not in here]
        quiet = self._since_s is None or time.monotonic() < self._since_s + QUIET_S
        return "" if quiet or not missing else f"missing: {', '.join(missing)}"
