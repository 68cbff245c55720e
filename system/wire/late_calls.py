"""Counts the calls that were late when they came from another machine, and says so now and then.

On one machine what is late is dropped in silence, since its caller knows it by the same clock. From
another it may be the clocks that differ, and then nobody would ever know.
"""

import time
from collections.abc import Callable
from typing import Final

import structlog

from system.wire.rpc_errors import LateOnArrivalError

# One line for all calls of so long.
SAID_EVERY_S: Final = 30.0

log = structlog.stdlib.get_logger(__name__)


class LateCalls:
    """What one resolver has seen of it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.count = 0
        self._clock = clock
        self._silent_until_s = 0.0

    def __repr__(self) -> str:
        """Show how many there were."""
        return f"<LateCalls {self.count} calls>"

    def note(self, boot: str, by_s: float) -> LateOnArrivalError:
        """Count a call that a machine sent, and return what its caller is told."""
        self.count += 1
        if self._clock() >= self._silent_until_s:
            self._silent_until_s = self._clock() + SAID_EVERY_S
            log.warning(
                "calls of another machine come late, and are not run",
                boot=boot,
                by_s=round(by_s, 3),
                count=self.count,
            )
        return LateOnArrivalError(
            f"{LateOnArrivalError.sentence} The resolver's clock says {by_s:.3f} s."
        )
