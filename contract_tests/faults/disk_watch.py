"""Watches the disk during a trial: from when to when it kept a small write waiting."""

import os
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from contract_tests.faults.stalls import Stall

LOOK_S: Final = 0.1
# A disk takes 1 to 20 ms; one that others write to at the same time 0.1 s now and then.
STALLED_AFTER_S: Final = 0.2
ENDS_WITHIN_S: Final = 30.0


class DiskWatch:
    """Has a byte written down durably ten times a second while it is entered.

    A service that answers once a row is on disk (fsync) can be no faster than this. `stalls` are
    the writes that took long (CLOCK_MONOTONIC).
    """

    def __init__(self, folder: Path) -> None:
        self.stalls: list[Stall] = []
        self._folder = folder
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __repr__(self) -> str:
        """Show where it writes and how often the disk stood still."""
        return f"<DiskWatch {self._folder} {len(self.stalls)} stalls>"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left.set()
        self._thread.join(ENDS_WITHIN_S)

    def _watch(self) -> None:
        with tempfile.TemporaryFile(dir=self._folder) as file:
            while not self._left.wait(LOOK_S):
                begun_s = time.monotonic()
                os.pwrite(file.fileno(), b"x", 0)
                os.fsync(file.fileno())
                ended_s = time.monotonic()
                if ended_s - begun_s > STALLED_AFTER_S:
                    self.stalls.append((begun_s, ended_s))
