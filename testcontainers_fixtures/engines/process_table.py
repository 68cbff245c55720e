"""Reads Linux's process table: who is alive, in which session, since when, with what settings."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
GONE = frozenset("ZX")
STOPPED = "T"
# Fields of /proc/PID/stat counted from the one after the command, which may hold anything.
STATE, PARENT, SESSION, STARTED = 0, 1, 3, 19


def boot_id() -> str:
    """Return what the kernel calls this boot of this machine; raise OSError where it tells none."""
    return (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One row of the process table; `started` is in clock ticks since boot."""

    pid: int
    state: str
    parent: int
    session: int
    started: int

    @property
    def alive(self) -> bool:
        """Tell whether it still runs; one that only waits to be reaped does not."""
        return self.state not in GONE


def process(pid: int, *, proc: Path = PROC) -> Process | None:
    """Return a process by its id, None when there is no such process."""
    try:
        fields = (proc / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return Process(
        pid=pid,
        state=fields[STATE],
        parent=int(fields[PARENT]),
        session=int(fields[SESSION]),
        started=int(fields[STARTED]),
    )


def living() -> Iterator[Process]:
    """Yield every process that still runs and that this one may see."""
    for entry in os.listdir(PROC):  # noqa: PTH208 -- twice as fast, and this runs in wait loops
        if entry.isdecimal():
            found = process(int(entry))
            if found is not None and found.alive:
                yield found


def setting(pid: int, name: str) -> str | None:
    """Return an environment variable that a process was started with, None if it cannot be read."""
    with suppress(OSError):
        for pair in (PROC / str(pid) / "environ").read_bytes().split(b"\0"):
            key, _, value = pair.partition(b"=")
            if key.decode(errors="replace") == name:
                return value.decode(errors="replace")
    return None
