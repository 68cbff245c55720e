"""Of a stack that is up, nothing is said of this machine unless it is known to run here."""

from dataclasses import dataclass, field

import pytest

from loadtests.sweep.nodes import whereabouts_of
from testcontainers_fixtures.engines.engine import EngineNode
from testcontainers_fixtures.stack_file.attach_spec import Attach
from testcontainers_fixtures.stack_file.part_spec import Part
from testcontainers_fixtures.stack_spec import StackSpec

NEAR, FAR = "http://127.0.0.1:8000", "http://gateway.test:8000"
PROMETHEUS = "prometheus:http://p?query=x"
HERE = EngineNode(name="h", cores=2.0, here=True)
AWAY = EngineNode(name="f", cores=8.0, here=False)


@dataclass
class FoundStack:
    """Stands in for a stack that is up."""

    spec: StackSpec
    doorstep: str
    nodes: dict[EngineNode, dict[str, int]]
    core_limits: dict[str, float] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("gateway", "usage", "nodes", "apart"),
    [
        pytest.param(None, None, (), False, id="started here"),
        pytest.param(NEAR, None, (), False, id="at an address of this machine"),
        pytest.param("http://localhost:1", None, (), False, id="at its name for itself"),
        pytest.param(FAR, None, (), True, id="at another address"),
        pytest.param(FAR, "swarm:shop", (), False, id="its tasks are measured here"),
        pytest.param(NEAR, PROMETHEUS, (), True, id="somebody else measures it"),
        pytest.param(FAR, None, (HERE,), False, id="its engine has it here"),
        pytest.param(NEAR, PROMETHEUS, (HERE, AWAY), True, id="some of it is elsewhere"),
    ],
)
def test_a_stack_runs_here_where_that_is_known(
    gateway: str | None, usage: str | None, nodes: tuple[EngineNode, ...], *, apart: bool
) -> None:
    attach = Attach(gateway=gateway, usage=usage) if gateway else None
    parts = {"gate": Part(role="gateway", command=("gate",), port=8000)}
    spec = StackSpec(format_version=2, name="x", parts=parts, attach=attach)
    stack = FoundStack(
        spec=spec, doorstep=gateway or NEAR, nodes={one: {"gate": 1} for one in nodes}
    )

    assert whereabouts_of(stack).apart == apart  # type: ignore[arg-type] # stands in
