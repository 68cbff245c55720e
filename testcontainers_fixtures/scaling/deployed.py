"""What an engine says of the parts that it runs: how many, with what, and on which nodes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from testcontainers_fixtures.engines.engine import EngineNode
from testcontainers_fixtures.scaling.quantities import amount
from testcontainers_fixtures.scaling.scaling_commands import ScalingCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedPart:
    """A part as its engine has it; `replicas` are wanted, `copies` run, by their node.

    CPU requests and limits are those of one copy, as the engine writes them, "" for none; an image
    has its digest where that is known. `variables` are those of the environment, None where a value
    stands elsewhere; `pods` are what Kubernetes calls the copies.
    """

    called: str
    replicas: int | None
    requests: str
    limits: str
    images: tuple[str, ...]
    variables: Mapping[str, str | None] = field(repr=False)
    copies: Mapping[str, int]
    pods: tuple[str, ...] = ()

    @property
    def cores(self) -> float | None:
        """Return the cores that a copy is limited to; None where it is not, or not understood."""
        try:
            return amount(self.limits) or None if self.limits else None
        except ValueError:
            return None

    def __str__(self) -> str:
        """Return it in one line, as a record has it; no variable is in it."""
        many = "replicas not told" if self.replicas is None else f"replicas {self.replicas}"
        cpu = f"CPU request {self.requests or 'none'}, limit {self.limits or 'none'}"
        where = ", ".join(f"{count} on {node}" for node, count in self.copies.items())
        images = ", ".join(self.images) or "image not told"
        return f"{self.called}: {many}, {cpu}, {images}, running {where or 'nowhere'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """All parts that the engine knows, by the stack file's names, and the nodes they run on."""

    parts: Mapping[str, DeployedPart]
    nodes: tuple[EngineNode, ...]

    def copies_on(self, node: str) -> dict[str, int]:
        """Return how many copies of which part run on a node."""
        return {name: n for name, part in self.parts.items() if (n := part.copies.get(node))}

    @property
    def core_limits(self) -> dict[str, float]:
        """Return the cores that a copy of each part is limited to, of those that are."""
        return {name: cores for name, part in self.parts.items() if (cores := part.cores)}

    def conditions(self) -> Iterator[tuple[str, str]]:
        """Yield what a run record has of it: a line a part, and the nodes with their cores."""
        for name, part in self.parts.items():
            yield f"deployed {name}", str(part)
        said = [f"{one.name} ({_cores(one)})" for one in self.nodes]
        yield "nodes", ", ".join(said) or "not told"


class EngineReader(Protocol):
    """Reads by an engine's own commands what it says of its parts."""

    def commands(self) -> tuple[ScalingCommand, ...]:
        """Return the commands by which it reads, in order."""

    def deployed(self) -> Deployed:
        """Read it; raise ScalingError, or StackError for what cannot be understood."""


def _cores(node: EngineNode) -> str:
    return "cores not told" if node.cores is None else f"{node.cores:g} cores"
