"""Counts the processes of a running copy and the file descriptors that they hold open."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from testcontainers_fixtures.engines.engine import Running
from testcontainers_fixtures.engines.process_table import PROC
from testcontainers_fixtures.engines.process_usage import descendants


@runtime_checkable
class Led(Protocol):
    """A copy whose first process is known to this machine's kernel."""

    @property
    def pid(self) -> int:
        """Return the id of its first process, as the harness sees it; 0 when it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInventory:
    """How many processes there are, and how many file descriptors they hold together."""

    processes: int
    descriptors: int

    def __add__(self, other: "ProcessInventory") -> "ProcessInventory":
        """Return both together."""
        return ProcessInventory(
            processes=self.processes + other.processes,
            descriptors=self.descriptors + other.descriptors,
        )


def census_of(copy: Running, *, proc: Path = PROC) -> ProcessInventory | None:
    """Return the census of a copy; None where its processes are not this machine's to see.

    Another user's descriptors cannot be counted: those of a container need root.
    """
    if not isinstance(copy, Led) or not copy.pid:
        return None
    found = [_descriptors(pid, proc) for pid in (copy.pid, *descendants(copy.pid, proc=proc))]
    held = [count for count in found if count is not None]
    return ProcessInventory(processes=len(held), descriptors=sum(held)) if held else None


def _descriptors(pid: int, proc: Path) -> int | None:
    with suppress(OSError):
        return len(os.listdir(proc / str(pid) / "fd"))  # noqa: PTH208 -- names only, and many
    return None
