"""How the generator itself fares: how busy its cores are, how long its event loop stood still."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import gevent

# Columns of the first line of /proc/stat (proc_stat(5)): idle and iowait are time not worked. The
# guest columns after `steal` are already part of `user` and `nice`.
_IDLE: Final = slice(3, 5)
_COUNTED: Final = slice(0, 8)
EVERY_S: Final = 0.01
_MS_PER_S: Final = 1_000
_END_WITHIN_S: Final = 1.0


class CpuUsage:
    """A stretch of time that begins when this is made."""

    def __init__(self, stat: Path = Path("/proc/stat")) -> None:
        self._stat = stat
        self._jiffies = read_jiffies(stat)
        self._began_s = time.monotonic()
        self._own_s = time.process_time()

    def host_busy(self) -> float | None:
        """Return the busy share of all cores so far, 0 to 1; None where no kernel tells it."""
        now = read_jiffies(self._stat)
        if now is None or self._jiffies is None or now[1] <= self._jiffies[1]:
            return None
        idle, total = (after - before for after, before in zip(now, self._jiffies, strict=True))
        return min(1.0, max(0.0, 1.0 - idle / total))

    def own_busy(self) -> float:
        """Return the share of one core that this process used so far."""
        return (time.process_time() - self._own_s) / max(1e-9, time.monotonic() - self._began_s)


def read_jiffies(stat: Path) -> tuple[int, int] | None:
    """Return idle and total time of all cores, in jiffies since boot."""
    try:
        first = stat.read_text(encoding="ascii").split("\n", 1)[0]
    except OSError:
        return None
    columns = [int(column) for column in first.split()[1:]]
    return sum(columns[_IDLE]), sum(columns[_COUNTED])


class Watch(ABC):
    """Watches while it is entered, from a greenlet of its own."""

    def __init__(self) -> None:
        self._greenlet: gevent.Greenlet | None = None

    def __enter__(self) -> Self:
        self._greenlet = gevent.spawn(self._watch)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._greenlet:
            self._greenlet.kill(timeout=_END_WITHIN_S)

    @abstractmethod
    def _watch(self) -> None:
        """Watch until it is over, or killed."""


class EventLoopLag(Watch):
    """`longest_ms` is by how much the latest wake-up was too late."""

    def __init__(self) -> None:
        super().__init__()
        self.longest_ms = 0.0

    def __repr__(self) -> str:
        """Show the longest gap."""
        return f"<EventLoopLag {self.longest_ms:.1f} ms>"

    def _watch(self) -> None:
        while True:
            slept_s = time.monotonic()
            gevent.sleep(EVERY_S)
            gap_s = time.monotonic() - slept_s - EVERY_S
            self.longest_ms = max(self.longest_ms, gap_s * _MS_PER_S)
