"""The processes that this one started, and those that they started: found, and let go first."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")


def descendants() -> list[int]:
    """Return the ids of all processes that this one started, however far down."""
    parents = dict(_parents())
    return [pid for pid in parents if os.getpid() in _ancestors(pid, parents)]


def go_first(niceness: int) -> None:
    """Have the kernel prefer every descendant to the machine's other work, where it may be asked.

    Where it shares the cores among sessions (sched(7), autogroup), it is the session's priority
    that counts. Only root may ask for less than 0; for anybody else nothing changes.
    """
    for pid in descendants():
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, niceness)
            PROC.joinpath(str(pid), "autogroup").write_text(str(niceness), encoding="ascii")


def running(word: str) -> list[int]:
    """Return the ids of the descendants that have a word on their command line."""
    found = []
    for pid in descendants():
        with suppress(OSError):  # it may end while it is looked at
            if word.encode() in PROC.joinpath(str(pid), "cmdline").read_bytes().split(b"\0"):
                found.append(pid)
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            stat = folder.joinpath("stat").read_text(encoding="utf-8", errors="replace")
            yield int(folder.name), int(stat.rpartition(")")[2].split()[1])


def _ancestors(pid: int, parents: dict[int, int]) -> Iterator[int]:
    while (pid := parents.get(pid, 0)) > 1:
        yield pid
