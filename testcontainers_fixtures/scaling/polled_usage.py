"""What parts use of the CPU, where somebody else reads it for all of them and is asked for that."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from testcontainers_fixtures.engines.engine import Usage
from testcontainers_fixtures.errors import SpecError, StackError

# What each part has used so far; what is not known of a part is left out.
AskUsage = Callable[[], Mapping[str, Usage]]


class UsageSource(Protocol):
    """Tells what each part uses; what `usage` of [attach] names."""

    def require(self, parts: Sequence[str]) -> None:
        """Raise SpecError, or StackError, where it tells of none of the parts."""

    def measured(self, part: str) -> Sequence[object]:
        """Return what is `Measured` of a part."""

    def forget(self) -> None:
        """Take notice that copies have changed."""

    def close(self) -> None:
        """Let go of it."""


class PolledUsage:
    """Implements `UsageSource`: asks once for all parts, not more often than `every_s`.

    An answer that says what the one before it said is as old as that one. A question that fails
    once it was answered leaves a gap, and ends nothing.
    """

    def __init__(self, ask: AskUsage, *, where: str, every_s: float) -> None:
        self._ask = ask
        self._where = where
        self._every_s = every_s
        self._asked_s = 0.0
        self._known: Mapping[str, Usage] = {}

    def __repr__(self) -> str:
        """Show who is asked, and what of."""
        return f"<PolledUsage of {', '.join(self._known) or 'nothing'} from {self._where}>"

    def require(self, parts: Sequence[str]) -> None:
        """Ask for the first time."""
        if not (told := self._ask()).keys() & set(parts):
            raise SpecError(
                f"Expected {self._where} (usage of [attach]) to tell of a part, {', '.join(parts)};"
                f" it tells of {', '.join(told) or 'nothing'}. Correct it, or leave usage out."
            )

    def measured(self, part: str) -> Sequence[object]:
        """Return the part, measured as a whole; nothing where nothing is known of it."""
        return [PolledPart(self, part)]

    def of(self, part: str) -> Usage | None:
        """Return what a part has used, as last told."""
        now_s = time.monotonic()
        if now_s - self._asked_s >= self._every_s:
            self._asked_s = now_s
            self._known = self._told(now_s)
        return self._known.get(part)

    def _told(self, now_s: float) -> Mapping[str, Usage]:
        try:
            told = self._ask()
        except StackError:
            return {}
        return {part: _dated(one, self._known.get(part), now_s) for part, one in told.items()}

    def forget(self) -> None:
        """Ask anew at the next question."""
        self._asked_s = 0.0

    def close(self) -> None:
        """Do nothing: nothing is held."""


@dataclass(frozen=True, slots=True)
class PolledPart:
    """All copies of a part together: implements `Measured`."""

    source: PolledUsage
    part: str

    def usage(self) -> Usage | None:
        """Return what it has used, as last told; None where that is not known."""
        return self.source.of(self.part)


def _dated(new: Usage, old: Usage | None, now_s: float) -> Usage:
    """Return what was told with the moment since when it is."""
    return old if old and replace(new, told_s=old.told_s) == old else replace(new, told_s=now_s)
