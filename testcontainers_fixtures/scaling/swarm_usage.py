"""Finds what the tasks of a Docker Swarm's stack use, where they run on this machine."""

# mypy: allow-untyped-calls
# docker-py's stubs leave the low-level calls out.

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from docker.errors import DockerException, NotFound

from testcontainers_fixtures.engines.container_usage import ContainerMeter
from testcontainers_fixtures.engines.docker_access import docker_client
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.stack_file.attach_spec import Attach

if TYPE_CHECKING:
    from docker import DockerClient

SCHEME: Final = "swarm"
_RUNNING: Final = "running"


class SwarmUsage:
    """The running tasks of a stack's services, each measured by its container.

    They are looked for once for each part, and anew once `forget` says that they have changed.
    """

    def __init__(
        self, stack: str, client: "DockerClient", called: Callable[[str], str] | None = None
    ) -> None:
        self._stack = stack
        self._called = called or (lambda part: f"{stack}_{part}")
        self._client = client
        self._meters: dict[str, list[ContainerMeter]] = {}

    def __repr__(self) -> str:
        """Show whose tasks they are."""
        return f"<SwarmUsage of {self._stack}>"

    @classmethod
    def of(cls, attach: Attach) -> "SwarmUsage":
        """Return what a stack file's `usage` names; raise MissingNeedError without an engine."""
        stack = (attach.usage or "").removeprefix(f"{SCHEME}:")
        return cls(stack, docker_client(), attach.called if attach.engine == SCHEME else None)

    def require(self, parts: Sequence[str]) -> tuple[str, ...]:
        """Ask nothing beforehand: what is not told of a part is left out."""
        del parts
        return ()

    def measured(self, part: str) -> list[ContainerMeter]:
        """Return what measures each task of a part; none where one of them runs elsewhere.

        Raises StackError where the Swarm cannot be asked.
        """
        if part not in self._meters:
            try:
                self._meters[part] = self._found(part)
            except DockerException as error:
                raise StackError(f"The Swarm does not tell of {part}: {error}") from error
        return self._meters[part]

    def forget(self) -> None:
        """Look for tasks anew, since there are others now."""
        self._meters.clear()

    def close(self) -> None:
        """Let go of the engine."""
        self._client.close()

    def _found(self, part: str) -> list[ContainerMeter]:
        here = self._client.info()["Swarm"]["NodeID"]
        wanted = {"service": self._called(part), "desired-state": _RUNNING}
        try:
            tasks = [one for one in self._client.api.tasks(wanted) if _is_running(one)]
        except NotFound:
            return []
        if any(one["NodeID"] != here for one in tasks):
            return []
        ids = [one["Status"]["ContainerStatus"]["ContainerID"] for one in tasks]
        return [ContainerMeter(partial(self._client.containers.get, one)) for one in ids]


def _is_running(task: dict[str, Any]) -> bool:
    return bool(task["Status"]["State"] == _RUNNING)
