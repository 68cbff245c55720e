"""Reads what a container has used: from its control group, else from the Docker engine."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from docker.errors import APIError

from testcontainers_fixtures.engines.cgroups import NS_PER_S, Cgroup, cgroup_of
from testcontainers_fixtures.engines.engine import Usage
from testcontainers_fixtures.engines.process_usage import thread_times

if TYPE_CHECKING:
    from collections.abc import Callable

    from docker.models.containers import Container


class ContainerMeter:
    """Reads one container's usage; a container that was started again is found again.

    The control group's files cost a fraction of a millisecond and need the engine on this machine;
    the engine's own answer (`stats`, one shot) serves elsewhere and costs some milliseconds.
    """

    def __init__(self, container: "Callable[[], Container]") -> None:
        self._container = container
        self._group: Cgroup | None = None

    def usage(self) -> Usage | None:
        """Return what the container has used so far; None when it is gone or not running."""
        if self._group is not None and (read := self._group.usage()) is not None:
            return read
        try:
            container = self._container()
            container.reload()
            pid = int(container.attrs["State"]["Pid"])
            self._group = cgroup_of(pid) if pid else None
            if self._group is not None and (read := self._group.usage()) is not None:
                return read
            if not pid:
                return None
            # Typed for streaming too; without it one dictionary comes.
            return usage_in(cast("dict[str, Any]", container.stats(stream=False, one_shot=True)))
        except APIError:
            return None

    def usage_with_threads(self) -> Usage | None:
        """Return the same with its threads, where the engine is on this machine."""
        read = self.usage()
        if read is None or self._group is None:
            return read
        return replace(read, threads=thread_times(self._group.processes(), read.cpu_s))


def usage_in(stats: dict[str, Any]) -> Usage | None:
    """Return the usage that the engine's statistics tell; None where they tell none."""
    try:
        cpu, memory = stats["cpu_stats"], stats["memory_stats"]
        details = memory.get("stats", {})
        idle = details.get("inactive_file", details.get("total_inactive_file", 0))
        throttling = cpu.get("throttling_data", {})
        return Usage(
            cpu_s=cpu["cpu_usage"]["total_usage"] / NS_PER_S,
            memory_bytes=max(0, memory["usage"] - idle),
            # Without a limit there are no periods in which it could be reached.
            throttled_s=throttling["throttled_time"] / NS_PER_S
            if throttling.get("periods")
            else None,
        )
    except KeyError:
        return None
