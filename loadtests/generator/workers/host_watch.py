"""How busy the master's machine is while others send: there the system runs that is measured."""

# mypy: allow-untyped-calls
# gevent's calls are typed in part only.

import time
from types import TracebackType

import gevent

from loadtests.generator.generator_health import CpuUsage, Watch


class HostWatch(Watch):
    """Watches a phase from its begin to its end, or to the block's; `busy` is None before."""

    def __init__(self, begin_s: float, duration_s: float) -> None:
        super().__init__()
        self.busy: float | None = None
        self._begin_s = begin_s
        self._until_s = begin_s + duration_s
        self._stretch: CpuUsage | None = None

    def __repr__(self) -> str:
        """Show how busy it was."""
        return f"<HostWatch {self.busy}>"

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        if self.busy is None and self._stretch:
            self.busy = self._stretch.host_busy()

    def _watch(self) -> None:
        gevent.sleep(max(0.0, self._begin_s - time.monotonic()))
        self._stretch = CpuUsage()
        gevent.sleep(max(0.0, self._until_s - time.monotonic()))
        self.busy = self._stretch.host_busy()
