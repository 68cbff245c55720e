"""How busy the master's machine is while others send: there the system runs that is measured."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time
from types import TracebackType
from typing import Final, Self

import gevent

from loadtests.generator.generator_health import CpuUsage

_END_WITHIN_S: Final = 1.0


class HostWatch:
    """Watches a phase from its begin to its end, or to the block's; `busy` is None before."""

    def __init__(self, begin_s: float, duration_s: float) -> None:
        self.busy: float | None = None
        self._begin_s = begin_s
        self._until_s = begin_s + duration_s
        self._stretch: CpuUsage | None = None
        self._greenlet: gevent.Greenlet | None = None

    def __repr__(self) -> str:
        """Show how busy it was."""
        return f"<HostWatch {self.busy}>"

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
        if self.busy is None and self._stretch:
            self.busy = self._stretch.host_busy()

    def _watch(self) -> None:
        gevent.sleep(max(0.0, self._begin_s - time.monotonic()))
        self._stretch = CpuUsage()
        gevent.sleep(max(0.0, self._until_s - time.monotonic()))
        self.busy = self._stretch.host_busy()
