"""Reads what the kernel accounts to a control group: CPU time, memory, and time held back.

Both versions are understood (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/), and hosts
that mount both.
"""

from dataclasses import dataclass
from pathlib import Path

from testcontainers_fixtures.engines.engine import Usage
from testcontainers_fixtures.engines.process_table import PROC

ROOT = Path("/sys/fs/cgroup")
NS_PER_S, US_PER_S = 1e9, 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Cgroup:
    """The group of one process: a folder a controller, or one folder for all in version 2."""

    cpu: Path
    cpuacct: Path
    memory: Path
    unified: bool

    def usage(self) -> Usage | None:
        """Return what the whole group has used; None when the group is gone or unreadable."""
        try:
            return Usage(
                cpu_s=self._cpu_s(),
                memory_bytes=self._memory_bytes(),
                throttled_s=self.throttled_s(),
            )
        except (OSError, KeyError, ValueError):
            return None

    def processes(self) -> list[int]:
        """Return the ids of the processes in it; none when it is gone."""
        try:
            return [int(line) for line in (self.cpuacct / "cgroup.procs").read_text().split()]
        except OSError:
            return []

    def throttled_s(self) -> float | None:
        """Return how long the group was held back by its CPU limit; None where it has none."""
        try:
            if not self._is_limited():
                return None
            stat = _pairs(self.cpu / "cpu.stat")
        except (OSError, ValueError):
            return None
        if self.unified:
            return stat.get("throttled_usec", 0) / US_PER_S
        return stat.get("throttled_time", 0) / NS_PER_S

    def _cpu_s(self) -> float:
        if self.unified:
            return _pairs(self.cpu / "cpu.stat")["usage_usec"] / US_PER_S
        return int((self.cpuacct / "cpuacct.usage").read_text()) / NS_PER_S

    def _memory_bytes(self) -> int:
        # Pages of files that nobody uses just now could be dropped at once: they are not counted.
        name, idle = (
            ("memory.current", "inactive_file")
            if self.unified
            else ("memory.usage_in_bytes", "total_inactive_file")
        )
        used = int((self.memory / name).read_text())
        return max(0, used - _pairs(self.memory / "memory.stat").get(idle, 0))

    def _is_limited(self) -> bool:
        if self.unified:
            return not (self.cpu / "cpu.max").read_text().startswith("max")
        return int((self.cpu / "cpu.cfs_quota_us").read_text()) > 0


def cgroup_of(pid: int, *, proc: Path = PROC, root: Path = ROOT) -> Cgroup | None:
    """Return the control group of a process; None where the kernel does not tell it."""
    try:
        lines = (proc / str(pid) / "cgroup").read_text().splitlines()
    except OSError:
        return None
    paths: dict[str, str] = {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        paths |= dict.fromkeys(controllers.split(","), path.lstrip("/"))
    if "cpuacct" in paths:
        found = Cgroup(
            cpu=root / "cpu" / paths.get("cpu", ""),
            cpuacct=root / "cpuacct" / paths["cpuacct"],
            memory=root / "memory" / paths.get("memory", ""),
            unified=False,
        )
        return found if found.cpuacct.is_dir() else None
    folder = root / paths.get("", "")
    if not (folder / "cpu.stat").exists():
        return None
    return Cgroup(cpu=folder, cpuacct=folder, memory=folder, unified=True)


def _pairs(file: Path) -> dict[str, int]:
    lines = (line.split() for line in file.read_text().splitlines())
    return {line[0]: int(line[1]) for line in lines if len(line) > 1}
