"""Reads from Kubernetes what its deployments and pods are like, and the nodes they run on."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from testcontainers_fixtures.engines.engine import EngineNode
from testcontainers_fixtures.engines.process_table import boot_id
from testcontainers_fixtures.errors import SpecError, StackError
from testcontainers_fixtures.scaling.command_runs import CommandRuns, ScalingError
from testcontainers_fixtures.scaling.deployed import Deployed, DeployedPart
from testcontainers_fixtures.scaling.presets import kubectl_where
from testcontainers_fixtures.scaling.quantities import amount
from testcontainers_fixtures.scaling.scaling_commands import ScalingCommand
from testcontainers_fixtures.scaling.workload_kinds import is_kind
from testcontainers_fixtures.stack_file.attach_spec import Attach

# What kubectl says to whoever lacks a right.
_FORBIDDEN: Final = "(Forbidden)"
_Read = TypeVar("_Read")


class _Metadata(Struct, frozen=True, rename="camel"):
    name: str
    labels: dict[str, str] = {}
    deletion_timestamp: str | None = None


class _Variable(Struct, frozen=True, rename="camel"):
    name: str
    value: str = ""
    value_from: dict[str, Any] | None = None

    @property
    def said(self) -> str | None:
        """Return its value; None where that stands in a secret, say."""
        return None if self.value_from else self.value


class _Resources(Struct, frozen=True):
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class _Container(Struct, frozen=True):
    env: tuple[_Variable, ...] = ()
    resources: _Resources = _Resources()


class _PodSpec(Struct, frozen=True, rename="camel"):
    containers: tuple[_Container, ...] = ()
    node_name: str = ""


class _Template(Struct, frozen=True):
    spec: _PodSpec


class _Selector(Struct, frozen=True, rename="camel"):
    match_labels: dict[str, str] = {}


class _WorkloadSpec(Struct, frozen=True):
    selector: _Selector
    template: _Template
    replicas: int = 1


class _Deployment(Struct, frozen=True, tag_field="kind", tag="Deployment"):
    metadata: _Metadata
    spec: _WorkloadSpec


class _StatefulSet(Struct, frozen=True, tag_field="kind", tag="StatefulSet"):
    metadata: _Metadata
    spec: _WorkloadSpec


class _ContainerStatus(Struct, frozen=True, rename="camel"):
    image: str = ""
    image_id: str = msgspec.field(name="imageID", default="")


class _PodStatus(Struct, frozen=True, rename="camel"):
    phase: str = ""
    container_statuses: tuple[_ContainerStatus, ...] = ()


class _Pod(Struct, frozen=True, tag_field="kind", tag="Pod"):
    metadata: _Metadata
    spec: _PodSpec
    status: _PodStatus

    @property
    def runs(self) -> bool:
        return self.status.phase == "Running" and self.metadata.deletion_timestamp is None


class _NodeInfo(Struct, frozen=True, rename="camel"):
    boot_id: str = msgspec.field(name="bootID", default="")


class _NodeStatus(Struct, frozen=True, rename="camel"):
    capacity: dict[str, str] = {}
    node_info: _NodeInfo = _NodeInfo()


class _Node(Struct, frozen=True):
    metadata: _Metadata
    status: _NodeStatus


_Workload = _Deployment | _StatefulSet


class _Workloads(Struct, frozen=True):
    items: tuple[_Deployment | _StatefulSet | _Pod, ...]


class _Nodes(Struct, frozen=True):
    items: tuple[_Node, ...]


class KubernetesParts:
    """Implements `deployed.EngineReader` by kubectl: two commands, however many parts there are."""

    def __init__(self, attach: Attach, parts: Iterable[str], runs: CommandRuns) -> None:
        self._attach = attach
        self._parts = tuple(parts)
        self._runs = runs

    def __repr__(self) -> str:
        """Show whose parts they are."""
        return f"<KubernetesParts of {self._attach.namespace}>"

    def commands(self) -> tuple[ScalingCommand, ...]:
        """Return what reads parts, and what reads nodes."""
        where = kubectl_where(self._attach)
        return (
            _command(f"kubectl {where} get deployments,statefulsets,pods --output=json"),
            _command(f"kubectl {where} get nodes --output=json"),
        )

    def deployed(self) -> Deployed:
        """Read parts and nodes; nodes that may not be looked at have no cores.

        Raises ScalingError where kubectl fails, SpecError for a label of several deployments.
        """
        items = _read(self._runs, self.commands()[0], _Workloads).items
        pods = [one for one in items if isinstance(one, _Pod) and one.runs]
        workloads = [one for one in items if not isinstance(one, _Pod)]
        found = {
            part: _deployed(one, pods)
            for part in self._parts
            if (one := _meant(workloads, self._attach.called(part)))
        }
        names = dict.fromkeys(node for part in found.values() for node in part.copies)
        return Deployed(parts=found, nodes=tuple(self._nodes(names)))

    def _nodes(self, names: Iterable[str]) -> Iterator[EngineNode]:
        try:
            items = _read(self._runs, self.commands()[1], _Nodes).items
        except ScalingError as error:
            if _FORBIDDEN not in str(error):
                raise
            items = ()  # it is a right of the whole cluster's, which not everybody has
        known = {one.metadata.name: one.status for one in items}
        mine = boot_id()
        for name in names:
            status = known.get(name, _NodeStatus())
            cores = status.capacity.get("cpu")
            yield EngineNode(
                name=name,
                cores=amount(cores) if cores else None,
                here=status.node_info.boot_id == mine,
            )


def _command(line: str) -> ScalingCommand:
    return ScalingCommand(key="engine", words=tuple(shlex.split(line)))


def _read(runs: CommandRuns, command: ScalingCommand, kind: type[_Read]) -> _Read:
    try:
        return msgspec.json.decode(runs.read(command), type=kind)
    except msgspec.DecodeError as error:
        raise StackError(
            f"Expected `{command}` to write a list of objects in JSON; seen: {error}."
        ) from error


def _meant(workloads: Iterable[_Workload], called: str) -> _Workload | None:
    """Return the one that a name, KIND/NAME or LABEL=VALUE means; None where there is none."""
    found = [one for one in workloads if _is(one, called)]
    if len(found) > 1:
        names = ", ".join(one.metadata.name for one in found)
        raise SpecError(
            f"Expected one deployment with the label {called} ([attach] names); seen: {names}. Name"
            f" one, or take a label that it alone has."
        )
    return found[0] if found else None


def _is(one: _Workload, called: str) -> bool:
    if "=" in called:
        wanted = dict(pair.partition("=")[::2] for pair in called.split(","))
        return isinstance(one, _Deployment) and wanted.items() <= one.metadata.labels.items()
    kind, _, name = called.rpartition("/")
    return name == one.metadata.name and is_kind(_kind(one), kind)


def _kind(one: _Workload) -> str:
    return type(one).__name__.lower().removeprefix("_")


def _deployed(one: _Workload, pods: Iterable[_Pod]) -> DeployedPart:
    spec = one.spec.template.spec
    labels = one.spec.selector.match_labels.items()
    own = [pod for pod in pods if labels and labels <= pod.metadata.labels.items()]
    statuses = [status for pod in own for status in pod.status.container_statuses]
    return DeployedPart(
        called=f"{_kind(one)}/{one.metadata.name}",
        replicas=one.spec.replicas,
        requests=_cpu(each.resources.requests for each in spec.containers),
        limits=_cpu(each.resources.limits for each in spec.containers),
        images=tuple(dict.fromkeys(each.image_id or each.image for each in statuses)),
        variables={env.name: env.said for each in spec.containers for env in each.env},
        copies=Counter(pod.spec.node_name for pod in own),
        pods=tuple(pod.metadata.name for pod in own),
    )


def _cpu(resources: Iterable[Mapping[str, str]]) -> str:
    """Return what a pod's containers have of the CPU, all together; "" where one says nothing."""
    said = [one.get("cpu", "") for one in resources]
    if not all(said):
        return ""
    return said[0] if len(said) == 1 else f"{sum(map(amount, said)):g}"
