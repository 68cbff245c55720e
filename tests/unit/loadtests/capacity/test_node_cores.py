"""A model is made of the cores that the parts could have, wherever they ran."""

import pytest
from msgspec.structs import replace

from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.node_cores import CHANGED, MIXED, NOT_TOLD, cores_under
from reports.record.measurements import Configuration, Node
from testcontainers_fixtures.stack_file.attach_spec import Attach
from testcontainers_fixtures.stack_file.part_spec import Part
from testcontainers_fixtures.stack_spec import StackSpec
from tests.unit.reports.sample_runs import load_run

PROMETHEUS = "prometheus:http://p?query=x"
HERE = Node(name="h", cores=4.0, here=True, copies={"a": 1})
FAR = Node(name="f", cores=8.0, here=False, copies={"a": 1})
FURTHER = Node(name="g", cores=2.0, here=False, copies={"b": 1})
UNKNOWN = Node(name="u", cores=None, here=False, copies={"b": 1}, reasons={"cores": "no right"})


def spec(usage: str | None) -> StackSpec:
    attach = Attach(gateway="http://g", usage=usage)
    return StackSpec(format_version=2, name="x", parts={"a": Part(role="gateway")}, attach=attach)


def ran_on(*repetitions: tuple[Node, ...]) -> Configuration:
    [one, *_] = load_run(points=[(1, 1)]).configurations
    passes = tuple(replace(one.repetitions[0], nodes=nodes) for nodes in repetitions)
    return replace(one, repetitions=passes)


@pytest.mark.parametrize(
    ("usage", "nodes", "cores"),
    [
        ("swarm:shop", (FAR,), 4),
        (PROMETHEUS, (HERE,), 4),
        (PROMETHEUS, (FAR, FURTHER), 10.0),
    ],
    ids=["measured by Swarm, so on this machine", "here", "elsewhere: all nodes together"],
)
def test_parts_have_the_cores_of_where_they_ran(
    usage: str, nodes: tuple[Node, ...], cores: float
) -> None:
    assert cores_under(ran_on(nodes, nodes), spec(usage), 4) == cores


@pytest.mark.parametrize(
    ("repetitions", "why"),
    [
        ([()], NOT_TOLD),
        ([(FAR, UNKNOWN)], NOT_TOLD),
        ([(HERE, FAR)], MIXED),
        ([(FAR,), (FURTHER,)], CHANGED),
    ],
)
def test_without_them_no_model_is_made_and_it_is_said_why(
    repetitions: list[tuple[Node, ...]], why: str
) -> None:
    with pytest.raises(NoModelError) as refused:
        cores_under(ran_on(*repetitions), spec(PROMETHEUS), 4)

    assert str(refused.value) == why
