"""A model is made of the cores that the parts could have, on each node that they ran on."""

import pytest
from msgspec.structs import replace

from loadtests.capacity.backing_parts import BackingPart, copies_that_ran
from loadtests.capacity.core_limits import core_limits
from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.node_cores import (
    CHANGED,
    MOVED,
    MOVED_ELSEWHERE,
    NOT_TOLD,
    PLACELESS,
    PLACELESS_ELSEWHERE,
    CorePool,
    MachineCores,
    cores_under,
)
from loadtests.sweep.phase_records import void_repetition
from reports.record.measurements import Configuration, Node
from testcontainers_fixtures.stack_file.attach_spec import Attach
from testcontainers_fixtures.stack_file.part_spec import Part
from testcontainers_fixtures.stack_spec import StackSpec
from tests.unit.reports.sample_runs import load_run

PROMETHEUS = "prometheus:http://p?query=x"
HERE = Node(name="h", cores=4.0, here=True, copies={"a": 1})
VIRTUAL = Node(name="i", cores=4.0, here=True, copies={"a": 1, "b": 1})
FAR = Node(name="f", cores=8.0, here=False, copies={"a": 1})
FURTHER = Node(name="g", cores=2.0, here=False, copies={"b": 1})
BOTH = Node(name="g", cores=2.0, here=False, copies={"a": 1, "b": 1})
SWAPPED_FAR = Node(name="f", cores=8.0, here=False, copies={"b": 1})
SWAPPED_FURTHER = Node(name="g", cores=2.0, here=False, copies={"a": 1})
UNKNOWN = Node(name="u", cores=None, here=False, copies={"b": 1}, reasons={"cores": "no right"})


def spec(usage: str | None) -> StackSpec:
    attach = Attach(gateway="http://g", usage=usage)
    return StackSpec(format_version=2, name="x", parts={"a": Part(role="gateway")}, attach=attach)


def ran_on(*repetitions: tuple[Node, ...]) -> Configuration:
    [one, *_] = load_run(points=[(1, 1)]).configurations
    passes = tuple(replace(one.repetitions[0], nodes=nodes) for nodes in repetitions)
    return replace(one, repetitions=passes)


FAR_POOL = CorePool(name="f", cores=8.0, copies={"a": 1})
FURTHER_POOL = CorePool(name="g", cores=2.0, copies={"b": 1})


@pytest.mark.parametrize(
    ("usage", "nodes", "cores", "pools"),
    [
        pytest.param("swarm:shop", (FAR,), 8.0, (), id="measured by Swarm, on another machine"),
        pytest.param(
            "swarm:shop",
            (HERE, FURTHER),
            6.0,
            (CorePool(name="h", cores=4.0, here=True, copies={"a": 1}), FURTHER_POOL),
            id="measured by Swarm, beside what ran elsewhere",
        ),
        pytest.param(PROMETHEUS, (HERE,), 4, (), id="here"),
        pytest.param(PROMETHEUS, (HERE, VIRTUAL), 4, (), id="here, on virtual nodes"),
        pytest.param(
            PROMETHEUS, (FAR, FURTHER), 10.0, (FAR_POOL, FURTHER_POOL), id="on nodes elsewhere"
        ),
        pytest.param(
            PROMETHEUS,
            (FURTHER, HERE, VIRTUAL),
            6.0,
            (CorePool(name="h, i", cores=4.0, here=True, copies={"a": 2, "b": 1}), FURTHER_POOL),
            id="here, and on a node elsewhere",
        ),
    ],
)
def test_parts_have_the_cores_of_where_they_ran(
    usage: str, nodes: tuple[Node, ...], cores: float, pools: tuple[CorePool, ...]
) -> None:
    found = cores_under(ran_on(nodes, nodes), spec(usage), 4, ("a", "b")[: len(nodes)])

    assert found == MachineCores(cores=cores, pools=pools)


def test_parts_of_which_no_node_is_told_ran_on_this_machine() -> None:
    found = cores_under(ran_on(()), spec("swarm:shop"), 4, ("a", "b"))

    assert found == MachineCores(cores=4)


@pytest.mark.parametrize(
    ("repetitions", "using", "why"),
    [
        pytest.param(
            [(FAR, FURTHER), (FAR, BOTH)],
            ("a", "b"),
            MOVED_ELSEWHERE.format(names="a"),
            id="a part moved",
        ),
        pytest.param(
            [(FAR, FURTHER), (SWAPPED_FAR, SWAPPED_FURTHER)],
            ("a", "b"),
            MOVED_ELSEWHERE.format(names="a, b"),
            id="parts swapped nodes that are not equal",
        ),
        pytest.param(
            [(FAR, FURTHER)],
            ("a", "store"),
            PLACELESS_ELSEWHERE.format(names="store"),
            id="of a part nobody tells",
        ),
    ],
)
def test_nodes_elsewhere_count_as_one_machine_where_it_is_not_known_what_ran_on_which(
    repetitions: list[tuple[Node, ...]], using: tuple[str, ...], why: str
) -> None:
    found = cores_under(ran_on(*repetitions), spec(PROMETHEUS), 4, using)

    assert found == MachineCores(cores=10.0, merged=why)


def test_equal_nodes_that_swapped_what_ran_on_them_are_as_they_were() -> None:
    first = (FAR, replace(FURTHER, cores=8.0))
    second = (replace(FAR, copies={"b": 1}), replace(FURTHER, cores=8.0, copies={"a": 1}))

    found = cores_under(ran_on(first, first, second), spec(PROMETHEUS), 4, ("a", "b"))

    assert found.pools == (
        CorePool(name="f or g", cores=8.0, copies={"a": 1}),
        CorePool(name="g or f", cores=8.0, copies={"b": 1}),
    )


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_repetition_that_measured_nothing_tells_nothing_of_nodes(number: int) -> None:
    measured = ran_on((FAR, FURTHER), (FAR, FURTHER))
    passes = [*measured.repetitions]
    passes.insert(number, void_repetition("the load process ended with 1"))
    measured = replace(measured, repetitions=tuple(passes))

    assert cores_under(measured, spec(PROMETHEUS), 4, ("a", "b")).pools == (FAR_POOL, FURTHER_POOL)
    assert copies_that_ran(measured) == {"a": 1, "b": 1}
    behind = BackingPart(name="b", place="gateway")
    assert core_limits(measured, spec(PROMETHEUS), (behind,)).whole("b") == FURTHER.cores


@pytest.mark.parametrize(
    ("repetitions", "why"),
    [
        ([()], NOT_TOLD),
        ([(FAR, UNKNOWN)], NOT_TOLD),
        ([(HERE, FURTHER), (HERE, BOTH)], MOVED.format(names="a")),
        ([(BOTH,), (VIRTUAL,)], MOVED.format(names="a, b")),
        ([(HERE, FAR)], PLACELESS.format(names="b")),
        ([(FAR,), (FURTHER,)], CHANGED),
    ],
)
def test_without_them_no_model_is_made_and_it_is_said_why(
    repetitions: list[tuple[Node, ...]], why: str
) -> None:
    with pytest.raises(NoModelError) as refused:
        cores_under(ran_on(*repetitions), spec(PROMETHEUS), 4, ("a", "b"))

    assert str(refused.value) == why
