"""What shows from outside that a fault has struck: read before it, and again while it lasts."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from testcontainers_fixtures.errors import NotApplicableError, StackError
from testcontainers_fixtures.stack import Stack

TOLD_WITHIN_S: Final = 10.0
SHOWN_WITHIN_S: Final = 4.0
POLL_S: Final = 0.05
NAMED: Final = 2
Marks = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Reads the marks of a stack, each a short phrase; a strike takes some away, or `every` one.

    `read` raises StackError where nothing can be seen just now, which shows nothing, and
    NotApplicableError where there is nothing to be seen in such a system.
    """

    read: Callable[[Stack], Marks]
    every: bool = False

    def shows(self, before: Marks, now: Marks) -> bool:
        """Tell whether something was done between two looks."""
        return not before & now if self.every else bool(before - now)


class Evidence:
    """That a strike did something: made before it, and asked while it lasts.

    Making one raises StackError where nothing is seen that a strike could take away, not even after
    a while: a broker tells of some things seconds after they came. NotApplicableError goes through.
    """

    def __init__(self, stack: Stack, sign: Sign, *, timeout_s: float = TOLD_WITHIN_S) -> None:
        self._stack, self._sign = stack, sign
        until_s = time.monotonic() + timeout_s
        while not (before := self._now()):
            if time.monotonic() >= until_s:
                raise StackError(
                    f"Expected within {timeout_s:.1f} s to see what the fault would change; "
                    "nothing is there."
                )
            time.sleep(POLL_S)
        self._before = before

    def __repr__(self) -> str:
        """Show what there was before."""
        return f"<Evidence against {_told(self._before)}>"

    def shown(self, *, timeout_s: float = SHOWN_WITHIN_S) -> str:
        """Return in words what has changed; raise StackError where nothing has after a while."""
        until_s = time.monotonic() + timeout_s
        while True:
            now = self._now()
            if now is not None and self._sign.shows(self._before, now):
                return f"{_told(self._before - now)}; then {_told(now - self._before)}"
            if time.monotonic() >= until_s:
                raise StackError(
                    f"Expected the fault to show within {timeout_s:.1f} s; still as before: "
                    f"{_told(self._before if now is None else self._before & now)}."
                )
            time.sleep(POLL_S)

    def _now(self) -> Marks | None:
        try:
            return self._sign.read(self._stack)
        except NotApplicableError:
            raise
        except StackError:
            return None


def _told(marks: Marks) -> str:
    first = sorted(marks)[:NAMED]
    more = f" and {len(marks) - NAMED} more" if len(marks) > NAMED else ""
    return (", ".join(first) or "nothing") + more
