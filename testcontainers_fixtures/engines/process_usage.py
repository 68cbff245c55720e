"""Reads what a process and all that it started have used, from Linux's process table."""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from testcontainers_fixtures.engines.cgroups import cgroup_of
from testcontainers_fixtures.engines.engine import Usage
from testcontainers_fixtures.engines.process_table import PROC, living, process

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Fields of /proc/PID/stat from the one after the command: utime, stime, and those of the children
# that have ended (cutime, cstime), so that a worker that was replaced still counts.
_TIMES, _RESIDENT = slice(11, 15), 21
# A thread's line has its own times too, and those of its process's ended children.
_OWN_TIMES = slice(11, 13)


def usage_of_tree(pid: int, *, proc: Path = PROC) -> Usage | None:
    """Return what a process and its living descendants use together; None when it is gone.

    CPU time in steps of a clock tick (10 ms). Memory is each process's resident set: a page that
    several workers share counts for each, because telling them apart (smaps_rollup) would lock the
    memory map of the process that is measured.
    """
    found = [read for one in (pid, *descendants(pid, proc=proc)) if (read := _read(one, proc))]
    if not found:
        return None
    group = cgroup_of(pid, proc=proc)
    return Usage(
        cpu_s=sum(ticks for ticks, _ in found) / TICKS_PER_S,
        memory_bytes=sum(pages for _, pages in found) * PAGE_BYTES,
        throttled_s=group.throttled_s() if group else None,
    )


def threads_s(pids: Collection[int], *, proc: Path = PROC) -> dict[int, float] | None:
    """Return the CPU time in seconds of each thread of some processes.

    None where they are not one that works, with what started it: of several that stand beside each
    other, any may come to work once more is asked of them.
    """
    rows = [row for pid in pids if (row := process(pid))]
    parents = [row.parent for row in rows if row.parent in pids]
    if len(parents) != len(rows) - 1 or len(set(parents)) < len(parents):
        return None
    found = {}
    for pid in pids:
        with suppress(OSError):
            for thread in os.listdir(proc / str(pid) / "task"):  # noqa: PTH208 -- as above
                text = (proc / str(pid) / "task" / thread / "stat").read_text(errors="replace")
                fields = text.rpartition(")")[2].split()[_OWN_TIMES]
                found[int(thread)] = sum(map(int, fields)) / TICKS_PER_S
    return found


def descendants(pid: int, *, proc: Path = PROC) -> Iterator[int]:
    """Yield the living descendants of a process.

    Where the kernel keeps no list of children (CONFIG_PROC_CHILDREN), these are the others of its
    session: each part leads one of its own.
    """
    if not (proc / str(pid) / "task" / str(pid) / "children").exists():
        yield from (one.pid for one in living() if one.session == pid and one.pid != pid)
        return
    for child in _children(pid, proc):
        yield child
        yield from descendants(child, proc=proc)


def _children(pid: int, proc: Path) -> Iterator[int]:
    # A child belongs to the thread that started it.
    with suppress(OSError):
        for thread in os.listdir(proc / str(pid) / "task"):  # noqa: PTH208 -- as process_table.living
            with suppress(OSError):
                text = (proc / str(pid) / "task" / thread / "children").read_text()
                yield from map(int, text.split())


def _read(pid: int, proc: Path) -> tuple[int, int] | None:
    try:
        text = (proc / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return sum(map(int, fields[_TIMES])), int(fields[_RESIDENT])
