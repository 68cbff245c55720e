"""Reads what a process and all that it started have used, from Linux's process table."""

import os
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from testcontainers_fixtures.engines.cgroups import cgroup_of
from testcontainers_fixtures.engines.engine import ThreadTimes, Usage
from testcontainers_fixtures.engines.process_table import PROC, STARTED, living, process

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Fields of /proc/PID/stat from the one after the command: utime, stime, and those of the children
# that have ended (cutime, cstime), so that a worker that was replaced still counts.
_TIMES, _RESIDENT = slice(11, 15), 21
# A thread's line has its own times too, and those of its process's ended children.
_OWN_TIMES = slice(11, 13)
# Each costs the kernel a file: at 200 about 5 ms.
MOST_THREADS = 200


def usage_of_tree(pid: int, *, threads: bool = False, proc: Path = PROC) -> Usage | None:
    """Return what a process and its living descendants use together; None when it is gone.

    CPU time in steps of a clock tick (10 ms). Memory is each process's resident set: a page that
    several workers share counts for each, because telling them apart (smaps_rollup) would lock the
    memory map of the process that is measured. Threads are told apart where that is asked for.
    """
    pids = [pid, *descendants(pid, proc=proc)]
    found = [read for one in pids if (read := _read(one, proc))]
    if not found:
        return None
    group = cgroup_of(pid, proc=proc)
    cpu_s = sum(ticks for ticks, _ in found) / TICKS_PER_S
    return Usage(
        cpu_s=cpu_s,
        memory_bytes=sum(pages for _, pages in found) * PAGE_BYTES,
        throttled_s=group.throttled_s() if group else None,
        threads=thread_times(pids, cpu_s, proc=proc) if threads else (),
    )


def thread_times(
    pids: Collection[int], cpu_s: float, *, proc: Path = PROC
) -> tuple[ThreadTimes, ...]:
    """Return the times of the threads of a copy's processes, which used so much CPU together.

    Empty where the processes are not one that works, with what started it: of several that stand
    beside each other, any may come to work once more is asked of them. Empty too where there are so
    many threads that reading them would be a load.
    """
    # In whole ticks, as the kernel tells when a thread began.
    read_s = int(time.clock_gettime(time.CLOCK_BOOTTIME) * TICKS_PER_S) / TICKS_PER_S
    if not _works_alone(pids, proc):
        return ()
    files = [file for pid in pids for file in _thread_files(pid, proc)]
    if len(files) > MOST_THREADS:
        return ()
    found = dict(read for file in files if (read := _thread(file)))
    return (ThreadTimes(read_s=read_s, cpu_s=cpu_s, of_threads=found),) if found else ()


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


def _works_alone(pids: Collection[int], proc: Path) -> bool:
    """Tell whether of some processes each but the first is the only child of another one."""
    rows = [row for pid in pids if (row := process(pid, proc=proc))]
    parents = [row.parent for row in rows if row.parent in pids]
    return len(parents) == len(rows) - 1 and len(set(parents)) == len(parents)


def _thread_files(pid: int, proc: Path) -> list[Path]:
    folder = proc / str(pid) / "task"
    with suppress(OSError):
        return [folder / thread / "stat" for thread in os.listdir(folder)]  # noqa: PTH208 -- as above
    return []


def _thread(file: Path) -> tuple[tuple[int, float], float] | None:
    """Return a thread and its CPU time; None where it ended since the threads were listed."""
    try:
        fields = file.read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    began_s = int(fields[STARTED]) / TICKS_PER_S
    return (int(file.parent.name), began_s), sum(map(int, fields[_OWN_TIMES])) / TICKS_PER_S


def _read(pid: int, proc: Path) -> tuple[int, int] | None:
    try:
        text = (proc / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return sum(map(int, fields[_TIMES])), int(fields[_RESIDENT])
