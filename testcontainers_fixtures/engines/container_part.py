"""One copy of a part in a container: how it is watched, frozen, ended, and what it said is kept."""

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docker.errors import NotFound
from testcontainers.core.container import DockerContainer

from testcontainers_fixtures.engines.container_command import ran_inside_within
from testcontainers_fixtures.engines.container_usage import ContainerMeter
from testcontainers_fixtures.engines.container_workers import kill_in, workers_in
from testcontainers_fixtures.engines.engine import Usage
from testcontainers_fixtures.engines.logs import cleanse, cut
from testcontainers_fixtures.engines.ownership import if_there
from testcontainers_fixtures.output.redaction import hidden

if TYPE_CHECKING:
    from docker.models.containers import Container


class ContainerPart:
    """A copy that was created; `kill`, `stop` and `discard` leave no container behind.

    What it printed is appended to `log` when its container goes.
    """

    def __init__(
        self,
        name: str,
        *,
        url: str,
        container: DockerContainer,
        log: Path,
        ports: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.url = url
        self.ports = ports or {}
        self._container = container
        self._log = log
        self._gone = False
        self._lock = threading.Lock()
        self._meter = ContainerMeter(self._docker)

    def __repr__(self) -> str:
        """Show where it is reached and whether it runs."""
        return f"<{type(self).__name__} {self.name} {self.url} {'up' if self.alive() else 'down'}>"

    def launch(self) -> None:
        """Create its container and start it."""
        self._container.start()

    def alive(self) -> bool:
        """Tell whether the container runs; a paused one does."""
        try:
            return not self._gone and bool(self._state()["Running"])
        except NotFound:
            return False

    def exit_code(self) -> int | None:
        """Return what its main process ended with; None while it runs, and if we ended it."""
        try:
            if self._gone or not self._created:
                return None
            state = self._state()
        except NotFound:
            return None
        return int(state["ExitCode"]) if state["Status"] == "exited" else None

    def health(self) -> str:
        """Return what the image's own check says of it; "" where it has none, or has gone."""
        try:
            return str(self._state().get("Health", {}).get("Status", ""))
        except NotFound:
            return ""

    def logged(self) -> str:
        """Return what it has logged, secrets and all."""
        return str(self._docker().logs().decode(errors="replace"))

    def ran(self, command: Sequence[str], *, within_s: float) -> tuple[int, str]:
        """Run a command inside, with the part's settings, to its end."""
        code, said = ran_inside_within(self._docker(), command, within_s=within_s)
        return code, hidden(said)

    def log_tail(self, lines: int = 20) -> str:
        """Return its last log lines, from the kept log once its container has gone."""
        try:
            if not self._gone:
                return hidden(str(self._docker().logs(tail=lines).decode(errors="replace")))
        except NotFound:
            pass
        if not self._log.exists():
            return ""
        with self._log.open(encoding="utf-8", errors="replace") as kept:
            return "".join(deque(kept, maxlen=lines))

    def pause(self) -> None:
        """Freeze every process in the container."""
        self._docker().pause()

    def resume(self) -> None:
        """Thaw them again; those that are not frozen are left alone."""
        if self._state()["Paused"]:
            self._docker().unpause()

    def frozen(self) -> bool:
        """Tell whether the engine has frozen the container."""
        return bool(not self._gone and self._state()["Paused"])

    def kill(self) -> None:
        """End it at once (SIGKILL); returns when it is gone."""
        self._end(lambda: self._docker().kill())

    def stop(self, *, grace_s: float) -> None:
        """Ask it to end, and end it after the grace period; returns when it is gone."""
        self._end(lambda: self._docker().stop(timeout=math.ceil(grace_s)))

    @property
    def pid(self) -> int:
        """Return the id of its first process on the engine's machine; 0 when it is gone."""
        try:
            return 0 if self._gone else int(self._state()["Pid"])
        except NotFound:
            return 0

    def workers(self) -> list[int]:
        """Return the ids, as seen inside, of what its main process has started, oldest first."""
        return workers_in(self._docker())

    def kill_worker(self, worker: int) -> None:
        """Send SIGKILL to one of them."""
        kill_in(self._docker(), worker)

    def discard(self) -> None:
        """End it at once, whatever its state, even when its container was never made."""
        with self._lock:
            if not self._gone and self._created:
                if_there(lambda: self._docker().kill())
                self._remove()
            self._gone = True

    def usage(self) -> Usage | None:
        """Return what the container has used; None when it is gone or was never made."""
        return self._meter.usage() if self._created and not self._gone else None

    def usage_with_threads(self) -> Usage | None:
        """Return the same with its threads, where one process works."""
        return self._meter.usage_with_threads() if self._created and not self._gone else None

    @property
    def _created(self) -> bool:
        """Tell whether there is a container, be it one that the engine then failed to start."""
        return self._container._container is not None  # noqa: SLF001 -- the getter would raise

    def _end(self, end: Callable[[], object]) -> None:
        with self._lock:
            if not self._gone:
                if_there(end)
                self._remove()

    def _remove(self) -> None:
        self._keep_log()
        if_there(self._container.stop)
        self._gone = True

    def _keep_log(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._log.open("ab") as kept:
                kept.writelines(self._docker().logs(stream=True))
        except NotFound:
            return
        cut(self._log)
        cleanse(self._log)

    def _state(self) -> dict[str, Any]:
        docker = self._docker()
        docker.reload()
        state: dict[str, Any] = docker.attrs["State"]
        return state

    def _docker(self) -> "Container":
        return self._container.get_wrapped_container()
