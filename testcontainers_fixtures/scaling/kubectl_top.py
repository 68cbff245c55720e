"""Asks Kubernetes' metrics API what pods use, by `kubectl top`: means over some 15 seconds.

    POD                        NAME       CPU(cores)   MEMORY(bytes)
    resolver-6d4b75cb6d-hx2k5  resolver   12m          45Mi

It tells rates, and late: what is counted here is each rate over the time since the last one.
"""

import shlex
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from testcontainers_fixtures.engines.engine import Usage
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.scaling.command_runs import CommandRuns
from testcontainers_fixtures.scaling.presets import kubectl_where
from testcontainers_fixtures.scaling.quantities import amount
from testcontainers_fixtures.scaling.scaling_commands import ScalingCommand
from testcontainers_fixtures.stack_file.attach_spec import Attach

# It has something new every 15 s at most (metrics-server's --metric-resolution).
EVERY_S: Final = 5.0
ANSWER_WITHIN_S: Final = 10.0


class KubectlTop:
    """Asks once for all pods; `pods` tells which are whose, as they are now."""

    where: Final = "`kubectl top pod`"

    def __init__(
        self, attach: Attach, runs: CommandRuns, pods: Callable[[], Mapping[str, Iterable[str]]]
    ) -> None:
        self._command = command_of(attach)
        self._runs = runs
        self._pods = pods
        self._said = ""
        self._said_s = time.monotonic()
        self._cpu_s: dict[str, float] = defaultdict(float)
        self._told: dict[str, Usage] = {}

    def __repr__(self) -> str:
        """Show what is run."""
        return f"<KubectlTop {self._command}>"

    def __call__(self) -> Mapping[str, Usage]:
        """Return what each part has used since it was first asked; raise ScalingError for nothing.

        A part with a pod that is too young to have been measured is left out.
        """
        said = self._runs.read(self._command, within_s=ANSWER_WITHIN_S)
        if said != self._said:
            now_s = time.monotonic()
            self._told = dict(self._counted(said, now_s - self._said_s))
            self._said, self._said_s = said, now_s
        return self._told

    def _counted(self, said: str, since_s: float) -> Iterator[tuple[str, Usage]]:
        cores, memory = _by_pod(said)
        for part, pods in self._pods().items():
            names = list(pods)
            if names and all(name in cores for name in names):
                self._cpu_s[part] += since_s * sum(cores[name] for name in names)
                yield (
                    part,
                    Usage(
                        cpu_s=self._cpu_s[part],
                        memory_bytes=round(sum(memory[name] for name in names)),
                        throttled_s=None,
                    ),
                )


def command_of(attach: Attach) -> ScalingCommand:
    """Return what asks."""
    line = f"kubectl {kubectl_where(attach)} top pod --containers --no-headers"
    return ScalingCommand(key="usage", words=tuple(shlex.split(line)))


def _by_pod(said: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return cores and bytes of each pod, all its containers together."""
    cores: dict[str, float] = {}
    memory: dict[str, float] = {}
    for line in said.splitlines():
        try:
            pod, _, cpu, held = line.split()
            cores[pod] = cores.get(pod, 0.0) + amount(cpu)
            memory[pod] = memory.get(pod, 0.0) + amount(held)
        except ValueError as error:
            raise StackError(
                f"Expected lines POD NAME CPU MEMORY from `kubectl top pod`; seen: {line!r}."
            ) from error
    return cores, memory
