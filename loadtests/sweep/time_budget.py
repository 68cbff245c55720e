"""A time budget of a whole run: what still fits is begun, what does not is left out and named."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from testcontainers_fixtures.errors import SpecError

_LENGTH: Final = re.compile(r"(\d+(?:\.\d+)?)(s|m|h)?")
_SECONDS: Final = {"s": 1.0, None: 1.0, "m": 60.0, "h": 3_600.0}
LEAST_S: Final = 30.0
# Stopping a stack, computing the model and drawing the page come after the last trial.
END_S: Final = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBudget:
    """So many seconds from when it was made; None is without bound."""

    whole_s: float | None = None
    now_s: Callable[[], float] = time.monotonic
    begun_s: float = field(default_factory=time.monotonic)

    def allows(self, length_s: float) -> bool:
        """Tell whether something of this length fits in what is left before the end."""
        return self.whole_s is None or self.left_s >= length_s + END_S

    @property
    def left_s(self) -> float:
        """Return what is left; infinite without a bound."""
        if self.whole_s is None:
            return float("inf")
        return self.whole_s - (self.now_s() - self.begun_s)


def length_s(option: str, text: str) -> float:
    """Return "10m", "90s" or "1h" in seconds; raise SpecError for what is no such length."""
    found = _LENGTH.fullmatch(text.strip())
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not LEAST_S <= seconds < float("inf"):
        raise SpecError(
            f"{option} takes a length of time from {LEAST_S:.0f}s on, such as 90s, 10m or 1h; got "
            f"{text!r}."
        )
    return seconds
