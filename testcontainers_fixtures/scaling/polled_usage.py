"""What parts use of the CPU, where somebody else reads it for all of them and is asked for that."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from testcontainers_fixtures.engines.engine import Usage
from testcontainers_fixtures.errors import SpecError, StackError

# A question that is on its way has a bound of its own, a little longer at most.
END_WITHIN_S: Final = 10.0
# What each part has used so far; what is not known of a part is left out.
AskUsage = Callable[[], Mapping[str, Usage]]


class UsageSource(Protocol):
    """Tells what each part uses; what `usage` of [attach] names."""

    def require(self, parts: Sequence[str]) -> tuple[str, ...]:
        """Return the parts of which it is known to tell nothing.

        Raises SpecError, or StackError, where it tells of none.
        """

    def measured(self, part: str) -> Sequence[object]:
        """Return what is `Measured` of a part."""

    def forget(self) -> None:
        """Take notice that copies have changed."""

    def close(self) -> None:
        """Let go of it."""


class PolledUsage:
    """Implements `UsageSource`: asks for all parts at once, each `every_s`, in a thread apart.

    So whoever reads waits for nobody. A figure that is the last one again is as old as that was. A
    question that fails once it was answered leaves a gap, and ends nothing.
    """

    def __init__(self, ask: AskUsage, *, where: str, every_s: float) -> None:
        self._ask = ask
        self._where = where
        self._every_s = every_s
        self._known: Mapping[str, Usage] = {}
        self._last: dict[str, Usage] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="usage", daemon=True)

    def __repr__(self) -> str:
        """Show who is asked, and what of."""
        return f"<PolledUsage of {', '.join(self._known) or 'nothing'} from {self._where}>"

    def require(self, parts: Sequence[str]) -> tuple[str, ...]:
        """Ask for the first time, and then again and again until it is closed."""
        told = self._ask()
        if not told.keys() & set(parts):
            raise SpecError(
                f"Expected {self._where} (usage of [attach]) to tell of a part, {', '.join(parts)};"
                f" it tells of {', '.join(told) or 'nothing'}. Correct it, or leave usage out."
            )
        self._keep(told)
        self._thread.start()
        return tuple(part for part in parts if part not in told)

    def measured(self, part: str) -> Sequence[object]:
        """Return the part, measured as a whole."""
        return [PolledPart(self, part)]

    def of(self, part: str) -> Usage | None:
        """Return what a part has used, as last told; None where that is not known."""
        return self._known.get(part)

    def renew(self) -> None:
        """Ask once more."""
        try:
            self._keep(self._ask())
        except StackError:
            self._known = {}

    def _keep(self, told: Mapping[str, Usage]) -> None:
        now_s = time.monotonic()
        self._known = {part: _dated(one, self._last.get(part), now_s) for part, one in told.items()}
        self._last |= self._known

    def _poll(self) -> None:
        due_s = time.monotonic()
        while True:
            due_s = max(due_s + self._every_s, time.monotonic())
            if self._ended.wait(due_s - time.monotonic()):
                return
            self.renew()

    def forget(self) -> None:
        """Do nothing: it is asked anew soon enough."""

    def close(self) -> None:
        """Ask no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=END_WITHIN_S)


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
