"""How busy the processor was over a stretch of time: the whole machine, and this process."""

import time
from pathlib import Path
from typing import Final

# Columns of the first line of /proc/stat (proc_stat(5)): idle and iowait are time not worked. The
# guest columns after `steal` are already part of `user` and `nice`.
_IDLE: Final = slice(3, 5)
_COUNTED: Final = slice(0, 8)


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
