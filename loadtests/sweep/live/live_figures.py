"""What the load process does not know of a second: the CPU of machine and parts, the queues."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from loadtests.sweep.usage.usage_sampler import UsageReading

# Parts are read four times a second; over less than this their CPU time jumps.
LEAST_SPAN_S: Final = 0.9
_STAT: Final = Path("/proc/stat")
_IDLE: Final = slice(3, 5)  # idle, iowait
_COUNTED: Final = slice(0, 8)  # what follows is counted in the others (guests)
_PERCENT: Final = 100.0


class HostCpu:
    """How busy all cores were since it was last asked."""

    def __init__(self, stat: Path = _STAT) -> None:
        self._stat = stat
        self._before = self._read()

    def percent(self) -> float | None:
        """Return the busy share; None where the kernel does not tell."""
        before, self._before = self._before, self._read()
        if before is None or self._before is None or self._before[1] <= before[1]:
            return None
        idle, whole = (now - then for now, then in zip(self._before, before, strict=True))
        return round(_PERCENT * (1 - idle / whole), 1)

    def _read(self) -> tuple[int, int] | None:
        try:
            words = self._stat.read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
            counts = [int(word) for word in words[_COUNTED]]
        except (OSError, ValueError):
            return None
        return sum(counts[_IDLE]), sum(counts)


def parts_now(readings: Sequence[UsageReading]) -> dict[str, Any]:
    """Return the cores that each part takes, `cpu`, and the messages in the queues, `queue`."""
    if not readings:
        return {"cpu": {}, "queue": None}
    last = readings[-1]
    earlier = [one for one in readings if last.at_s - one.at_s >= LEAST_SPAN_S]
    depth = next((one.depth for one in reversed(readings) if one.depth), None)
    return {
        "cpu": _cores(earlier[-1], last) if earlier else {},
        "queue": depth.ready + depth.unacknowledged if depth else None,
    }


def _cores(before: UsageReading, now: UsageReading) -> dict[str, float]:
    span_s = now.at_s - before.at_s
    return {
        name: round(max(0.0, use.cpu_s - before.parts[name].cpu_s) / span_s, 2)
        for name, use in now.parts.items()
        if name in before.parts
    }
