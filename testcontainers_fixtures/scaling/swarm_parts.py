"""Reads from Docker Swarm what its services and tasks are like, and the nodes they run on."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from testcontainers_fixtures.engines.docker_access import docker_engine_is_here
from testcontainers_fixtures.engines.engine import EngineNode
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.scaling.command_runs import CommandRuns
from testcontainers_fixtures.scaling.deployed import Deployed, DeployedPart
from testcontainers_fixtures.scaling.scaling_commands import ScalingCommand
from testcontainers_fixtures.stack_file.attach_spec import Attach

NANO: Final = 1e9
_NAMES: Final = "docker service ls --format {{.Name}}"
_SERVICES: Final = "docker service inspect"
_TASKS: Final = "docker service ps --no-trunc --filter desired-state=running --format '{{json .}}'"
_MEMBERS: Final = "docker node ls --format '{{json .}}'"
_NODES: Final = "docker node inspect"
_Read = TypeVar("_Read")


class _Cpu(Struct, frozen=True):
    NanoCPUs: int = 0


class _Resources(Struct, frozen=True, rename="pascal"):
    limits: _Cpu = _Cpu()
    reservations: _Cpu = _Cpu()


class _ContainerSpec(Struct, frozen=True, rename="pascal"):
    image: str = ""
    env: tuple[str, ...] = ()


class _TaskTemplate(Struct, frozen=True, rename="pascal"):
    container_spec: _ContainerSpec
    resources: _Resources = _Resources()


class _Replicated(Struct, frozen=True, rename="pascal"):
    replicas: int = 1


class _Mode(Struct, frozen=True, rename="pascal"):
    replicated: _Replicated | None = None


class _ServiceSpec(Struct, frozen=True, rename="pascal"):
    name: str
    task_template: _TaskTemplate
    mode: _Mode


class _Service(Struct, frozen=True, rename="pascal"):
    spec: _ServiceSpec


class _Task(Struct, frozen=True, rename="pascal"):
    name: str
    node: str
    current_state: str


class _Member(Struct, frozen=True, rename="pascal"):
    id: str = msgspec.field(name="ID")
    self_: bool = msgspec.field(name="Self")


class _NodeResources(Struct, frozen=True):
    NanoCPUs: int = 0


class _Description(Struct, frozen=True, rename="pascal"):
    hostname: str
    resources: _NodeResources


class _Node(Struct, frozen=True, rename="pascal"):
    id: str = msgspec.field(name="ID")
    description: _Description


class SwarmParts:
    """Implements `deployed.EngineReader` by docker: services, their tasks, and their nodes."""

    def __init__(self, attach: Attach, parts: Iterable[str], runs: CommandRuns) -> None:
        self._called = {part: attach.called(part) for part in parts}
        self._runs = runs

    def __repr__(self) -> str:
        """Show whose parts they are."""
        return f"<SwarmParts {' '.join(self._called.values())}>"

    def commands(self) -> tuple[ScalingCommand, ...]:
        """Return what reads services, tasks and nodes, as if each part were there."""
        names = tuple(self._called.values())
        return (
            _command(_NAMES),
            _command(_SERVICES, *names),
            _command(_TASKS, *names),
            _command(_MEMBERS),
            _command(_NODES, "NODE..."),
        )

    def deployed(self) -> Deployed:
        """Read services, tasks and nodes; raise ScalingError where this node may not tell."""
        there = set(self._runs.read(_command(_NAMES)).split())
        names = [name for name in self._called.values() if name in there]
        services = self._list(_command(_SERVICES, *names), _Service) if names else []
        tasks = self._lines(_command(_TASKS, *names), _Task) if names else []
        by_name = {one.spec.name: one.spec for one in services}
        found = {
            part: _deployed(by_name[name], tasks)
            for part, name in self._called.items()
            if name in by_name
        }
        used = {node for part in found.values() for node in part.copies}
        return Deployed(parts=found, nodes=tuple(one for one in self._nodes() if one.name in used))

    def _nodes(self) -> Iterator[EngineNode]:
        members = self._lines(_command(_MEMBERS), _Member)
        own = {one.id for one in members if one.self_ and docker_engine_is_here()}
        for one in self._list(_command(_NODES, *(each.id for each in members)), _Node):
            yield EngineNode(
                name=one.description.hostname,
                cores=one.description.resources.NanoCPUs / NANO or None,
                here=one.id in own,
            )

    def _list(self, command: ScalingCommand, kind: type[_Read]) -> list[_Read]:
        return _understood(command, self._runs.read(command), list[kind])  # type: ignore[valid-type] # built as the program runs

    def _lines(self, command: ScalingCommand, kind: type[_Read]) -> list[_Read]:
        lines = self._runs.read(command).splitlines()
        return [_understood(command, line, kind) for line in lines if line.strip()]


def _command(line: str, *words: str) -> ScalingCommand:
    return ScalingCommand(key="engine", words=(*shlex.split(line), *words))


def _understood(command: ScalingCommand, text: str, kind: type[_Read]) -> _Read:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise StackError(f"Expected `{command}` to write JSON as Docker does: {error}.") from error


def _deployed(spec: _ServiceSpec, tasks: Sequence[_Task]) -> DeployedPart:
    template = spec.task_template
    own = [one for one in tasks if _is_of(one, spec.name) and one.current_state.startswith("Runn")]
    return DeployedPart(
        called=spec.name,
        replicas=spec.mode.replicated.replicas if spec.mode.replicated else None,
        requests=_cpu(template.resources.reservations),
        limits=_cpu(template.resources.limits),
        images=(template.container_spec.image,),
        variables=dict(one.partition("=")[::2] for one in template.container_spec.env),
        copies=Counter(one.node for one in own),
    )


def _is_of(task: _Task, service: str) -> bool:
    """Tell whether a task, which is called SERVICE.SLOT or SERVICE.NODE, is of a service."""
    return task.name.rpartition(".")[0] == service


def _cpu(said: _Cpu) -> str:
    return f"{said.NanoCPUs / NANO:g}" if said.NanoCPUs else ""
