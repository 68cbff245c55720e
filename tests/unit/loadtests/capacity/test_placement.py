"""Of a system on several machines, the model names the one that is full, and what that allows."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from msgspec import structs

from loadtests.capacity import model_records, simulation
from loadtests.capacity.measured_points import DrivenPhase, MeasuredPoint
from loadtests.capacity.model_records import capacities, model_for
from loadtests.capacity.placement import spread
from loadtests.capacity.simulated_backing import processes_of
from loadtests.capacity.solver import CopyCosts
from loadtests.capacity.utilisation_law import GATEWAY, RESOLVERS, Limit, limits
from loadtests.plan.arrivals import poisson
from loadtests.sweep.results import SweepResults
from loadtests.sweep.trial import SweepTrial
from reports.record.measurements import Node, Repetition
from reports.record.record import LoadRun
from testcontainers_fixtures.copy_counts import CopyCounts
from tests.unit.loadtests.capacity import backed_shop, spread_shop
from tests.unit.loadtests.capacity.spread_shop import HERE, Machine, SpreadShop
from tests.unit.reports.sample_runs import changed

POSTGRES: Final = 'role = "database"\nimage = "postgres:16"'
OWN: Final = ("generator", "front", "broker")


def shop(*machines: Machine, behind_ms: float, worker_ms: float = 8.0) -> SpreadShop:
    return SpreadShop(
        said=POSTGRES,
        behind_ms=behind_ms,
        worker_ms=worker_ms,
        servers=backed_shop.ANY,
        front_ms=1.5,
        machines=machines,
    )


SYSTEMS: Final = {
    "the database's node": (
        shop(
            Machine(name=HERE, cores=2, parts=OWN),
            Machine(name="big", cores=8, parts=("worker",)),
            Machine(name="small", cores=2, parts=("behind",)),
            behind_ms=6.0,
        ),
        "the CPU of node small",
    ),
    "the workers' node": (
        shop(
            Machine(name=HERE, cores=2, parts=OWN),
            Machine(name="big", cores=2, parts=("worker",)),
            Machine(name="small", cores=2, parts=("behind",)),
            behind_ms=2.0,
        ),
        "the CPU of node big",
    ),
    "this machine, which sends the load too": (
        shop(
            Machine(name=HERE, cores=1, parts=OWN),
            Machine(name="big", cores=8, parts=("worker", "behind")),
            behind_ms=1.0,
            worker_ms=4.5,
        ),
        "the CPU of node desk, which sends the load too",
    ),
    "nodes elsewhere alone": (
        shop(
            Machine(name="big", cores=8, parts=("front", "broker", "worker")),
            Machine(name="small", cores=1, parts=("behind",)),
            Machine(name="client", cores=64, parts=("generator",)),
            behind_ms=3.0,
        ),
        "the CPU of node small",
    ),
    "this machine, where half of the workers are": (
        shop(
            Machine(name=HERE, cores=2, parts=(*OWN, "worker")),
            Machine(name="big", cores=8, parts=("worker", "behind")),
            behind_ms=1.0,
        ),
        "the CPU of node desk, which sends the load too",
    ),
}


def at(workers: int) -> CopyCounts:
    return CopyCounts(resolvers=workers)


@pytest.mark.parametrize(
    ("workers", "shared", "within"),
    [
        pytest.param(4, True, 0.35, id="4 workers, who works on a machine shares its cores"),
        pytest.param(8, False, 0.15, id="8 workers, who comes first has a core first"),
    ],
)
@pytest.mark.parametrize("name", SYSTEMS)
def test_the_node_that_will_be_full_is_known_before_more_copies_ran(
    name: str, workers: int, within: float, tmp_path: Path, *, shared: bool
) -> None:
    made, full = SYSTEMS[name]
    system = replace(made, shared=shared)
    few = len(system.on("worker"))
    model = model_for(spread_shop.run(system, few), system.spec(tmp_path), "shop")
    most_per_s = system.most_per_s(workers)
    path = DrivenPhase(rate_per_s=0.75 * most_per_s, duration_s=20.0, seed=9)

    assert model.limits(at(few))[0].resource == RESOLVERS
    assert model.limits(at(workers))[0].resource == full
    assert model.limits(at(workers))[0].most_per_s == pytest.approx(most_per_s, rel=0.01)
    assert model.carries(at(workers)).value == pytest.approx(most_per_s, rel=0.04)
    foretold, p99_ms = model.p99_along_ms(at(workers), [path]), system.p99_ms(workers, path)
    assert foretold.value == pytest.approx(p99_ms, rel=within)
    assert (foretold.low or 0.0) < p99_ms < (foretold.high or 0.0)


@pytest.mark.parametrize(
    ("copies", "processes", "leaning", "expected"),
    [
        pytest.param((1, 0), 3, None, (0, 0, 0), id="workers of the only copy"),
        pytest.param((1, 1), 5, None, (0, 1, 0, 1, 0), id="as many on each"),
        pytest.param((1, 2), 3, None, (1, 0, 1), id="as they ran"),
        pytest.param((1, 2), 2, None, (1, 0), id="fewer"),
        pytest.param((1, 1), 4, 1, (0, 1, 1, 1), id="what is more on one"),
        pytest.param((1, 0), 2, 1, (0, 0), id="none was there"),
        pytest.param((0, 0), 2, None, (), id="nothing is told"),
    ],
)
def test_processes_are_spread_over_machines_as_copies_were(
    copies: tuple[int, ...], processes: int, leaning: int | None, expected: tuple[int, ...]
) -> None:
    assert spread(copies, processes, leaning) == expected


def test_where_copies_beyond_those_that_ran_would_be_nobody_knows_and_the_interval_says_so(
    tmp_path: Path,
) -> None:
    def wide(name: str, workers: int) -> float:
        system, _ = SYSTEMS[name]
        model = model_for(spread_shop.run(system, 2), system.spec(tmp_path), "shop")
        carries = model.carries(at(workers))
        return (carries.high or 0.0) / (carries.low or 1.0)

    on_two = "this machine, where half of the workers are"
    # Of 4 there may be 1 to 3 on the smaller machine, which has 2 ms and as many quarters of 8 ms.
    assert wide(on_two, 4) > 2 * wide(on_two, 2)
    assert wide("the database's node", 8) == pytest.approx(wide("the database's node", 2), rel=0.01)


def repeated(run: LoadRun, *passes: Repetition) -> LoadRun:
    """Return a run of one configuration with these repetitions."""
    [one] = run.configurations
    return structs.replace(run, configurations=(structs.replace(one, repetitions=passes),))


def test_a_load_process_that_died_takes_no_model(tmp_path: Path) -> None:
    system, full = SYSTEMS["the workers' node"]
    run = spread_shop.run(system, 1)
    [measured] = run.configurations[0].repetitions
    died = SweepResults()
    died.add_void(SweepTrial(scenario="shop", configuration=at(1), number=0), "it ended with 1")
    [[void]] = died.repetitions.values()

    model = model_for(repeated(run, void, measured), system.spec(tmp_path), "shop")

    assert model.limits(at(4))[0].resource == full


def test_pods_that_swap_equal_nodes_leave_each_its_cores(tmp_path: Path) -> None:
    system = shop(
        Machine(name=HERE, cores=2, parts=OWN),
        Machine(name="big", cores=4, parts=("worker",)),
        Machine(name="small", cores=4, parts=("behind",)),
        behind_ms=3.0,
        worker_ms=10.0,
    )
    run = spread_shop.run(system, 1)
    [one] = run.configurations[0].repetitions
    here, big, small = one.nodes
    swapped = structs.replace(
        one,
        nodes=(
            here,
            structs.replace(big, copies=small.copies),
            structs.replace(small, copies=big.copies),
        ),
    )

    model = model_for(repeated(run, one, swapped), system.spec(tmp_path), "shop")

    assert model.limits(at(8))[0].resource == "the CPU of node big or small"
    assert model.limits(at(8))[0].most_per_s == pytest.approx(400.0, rel=0.02)


def test_that_nodes_count_as_one_machine_stands_in_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_records, "candidates", lambda *_, **__: ())  # for they take long
    system, _ = SYSTEMS["nodes elsewhere alone"]
    run = spread_shop.run(system, 1)
    [one] = run.configurations[0].repetitions
    big, small, *rest = one.nodes
    moved = structs.replace(
        one,
        nodes=(
            structs.replace(big, copies=big.copies | small.copies),
            structs.replace(small, copies={}),
            *rest,
        ),
    )
    spec = system.spec(tmp_path)

    [found] = capacities(repeated(run, one, moved), spec, CopyCosts())
    [usual] = capacities(repeated(run, one, one), spec, CopyCosts())

    assert found.merged.startswith("Copies of behind moved between nodes from repetition to")
    assert usual.merged == ""


def test_what_else_runs_on_the_load_s_machine_takes_of_that_one_alone(tmp_path: Path) -> None:
    system, full = SYSTEMS["this machine, which sends the load too"]
    run = spread_shop.run(system, 1)
    quiet, busy = (
        model_for(each, system.spec(tmp_path), "shop").limits(at(8))
        for each in (run, changed(run, "closed", host_cpu=0.8))
    )
    others = 0.8 - system.most_per_s(1) * system.busy_ms(system.machines[0]) / 1_000

    assert busy[0].resource == quiet[0].resource == full
    assert busy[0].most_per_s == pytest.approx(quiet[0].most_per_s * (1 - others), rel=0.02)
    by_name = [{one.resource: one.most_per_s for one in found} for found in (quiet, busy)]
    assert by_name[0]["the CPU of node big"] == by_name[1]["the CPU of node big"]


@pytest.mark.parametrize(
    ("measured", "workers", "command", "on"),
    [
        pytest.param(1, 1, "x {workers}", (0, 1), id="a worker in each of two copies"),
        pytest.param(1, 2, "x {workers}", (0, 1, 0, 1), id="two workers in each of two copies"),
        pytest.param(3, 3, "x {workers}", (0, 1) * 3, id="as many as were measured in each"),
        pytest.param(2, 1, "kubectl scale x --replicas={workers}", (0,), id="fewer copies"),
        pytest.param(2, 4, "kubectl scale x --replicas={workers}", (0, 1, 0, 1), id="more copies"),
    ],
)
def test_workers_are_where_the_copies_are_that_they_work_in(
    measured: int, workers: int, command: str, on: tuple[int, ...], tmp_path: Path
) -> None:
    point = two_gateways(tmp_path, measured, command)

    layout = point.layout(CopyCounts(gateway_workers=workers), turns=0, dispatch="fewest")

    assert layout.placement
    assert layout.placement.gateway == on
    assert layout.gateway_workers == len(on)


def test_law_and_simulation_have_as_many_workers_as_ran(tmp_path: Path) -> None:
    point = two_gateways(tmp_path, 1, "x {workers}")
    layout = replace(point.layout(at(8), turns=0, dispatch="fewest"), generators=4)
    slow = replace(point.full.works, gateway_ms=20.0)

    assert limits(layout, slow)[0] == Limit(resource=GATEWAY, most_per_s=100.0)
    assert simulation.closed_per_s(layout, slow, 256) == pytest.approx(100.0, rel=0.03)


def two_gateways(folder: Path, measured: int, command: str) -> MeasuredPoint:
    """Return what shows a system whose gateway runs on two nodes, said to have so many workers."""
    system, _ = SYSTEMS["the workers' node"]
    run = spread_shop.run(system, 1)
    [ran] = run.configurations[0].repetitions
    both = tuple(structs.replace(n, copies=n.copies | {"front": 1}) for n in ran.nodes[:2])
    told = structs.replace(ran, nodes=(*both, *ran.nodes[2:]))
    spec = system.spec(folder, f'gateway_workers = 2\nscale.gateway_workers = "{command}"')
    [one] = repeated(run, told).configurations
    counted = structs.replace(one, gateway_workers=measured)
    run = structs.replace(run, configurations=(counted,))
    [point] = model_for(run, spec, "shop").evidence
    return point


HALVES: Final = "this machine, where half of the workers are"


def test_copies_that_the_stack_file_does_not_count_are_where_they_ran(tmp_path: Path) -> None:
    system, _ = SYSTEMS[HALVES]
    run = spread_shop.run(system, 4)
    [one] = run.configurations
    run = structs.replace(run, configurations=(structs.replace(one, resolvers=1),))

    model = model_for(run, system.spec(tmp_path), "shop")

    for said, ran in ((1, 4), (2, 8)):
        layout = model.evidence[0].layout(at(said), turns=0, dispatch="fewest")
        assert layout.resolvers == ran
        assert model.limits(at(said))[0].most_per_s == pytest.approx(system.most_per_s(ran), 0.01)
    assert model.carries(at(1)).value == pytest.approx(system.most_per_s(4), rel=0.01)


def test_resolvers_of_several_parts_that_count_as_one_kind_are_where_each_ran(
    tmp_path: Path,
) -> None:
    system, _ = SYSTEMS["the workers' node"]
    [point] = model_for(spread_shop.run(system, 1), system.spec(tmp_path), "shop").evidence
    here, big, small = point.pools
    other = replace(small, copies={**small.copies, "other": 1})
    both = replace(
        point,
        roles=replace(point.roles, resolvers=("worker", "other")),
        pools=(here, big, other),
    )

    layout = both.layout(at(1), turns=0, dispatch="fewest")

    assert layout.placement
    assert layout.placement.stations == ((1, 2),)
    assert layout.resolvers == 2


def test_on_the_nodes_of_another_configuration_as_many_copies_run(tmp_path: Path) -> None:
    system, _ = SYSTEMS[HALVES]
    model = model_for(spread_shop.run(system, 2, 4), system.spec(tmp_path), "shop")

    for one in model.evidence:
        grounds = list(model._grounds(one, at(8)))  # noqa: SLF001 -- what an interval is made of
        assert {made.resolvers for made in grounds} == {8}


def test_nodes_whose_names_are_alike_for_long_keep_each_its_own_limit(tmp_path: Path) -> None:
    system, _ = SYSTEMS["the workers' node"]
    run = spread_shop.run(system, 1)
    [one] = run.configurations[0].repetitions
    here, *others = one.nodes
    long = "pool-" + 70 * "x"
    named = [structs.replace(o, name=f"{long}-{n}-{long}") for n, o in enumerate(others)]
    run = repeated(run, structs.replace(one, nodes=(here, *named)))

    found = model_for(run, system.spec(tmp_path), "shop").limits(at(4))

    nodes = [one for one in found if one.resource.startswith("the CPU of node")]
    assert len({one.resource for one in nodes}) == 3
    assert nodes[0].most_per_s == pytest.approx(system.most_per_s(4), rel=0.01)
    assert max(len(one.resource) for one in nodes) < 100


@pytest.mark.parametrize(
    ("cores", "places", "on", "share"),
    [
        pytest.param(0.9, (0, 1, 2), [0, 1, 2], 0.3, id="copies of less than a core"),
        pytest.param(3.0, (0, 1), [0, 1, 0, 1], 0.75, id="copies of one core and a half"),
        pytest.param(1.5, (0,), [0, 0], 0.75, id="one copy"),
        pytest.param(2.0, (), [0, 0], 1.0, id="on one machine"),
    ],
)
def test_each_copy_of_a_part_behind_has_a_like_share_of_its_cores(
    cores: float, places: tuple[int, ...], on: list[int], share: float
) -> None:
    found = processes_of(cores, places)

    assert [one.machine for one in found] == on
    assert [one.core_share for one in found] == pytest.approx([share] * len(on))


def test_times_do_not_hang_on_the_order_of_nodes_where_the_load_comes_from_elsewhere(
    tmp_path: Path,
) -> None:
    system = shop(
        Machine(name="busy", cores=2, parts=("front", "broker", "worker")),
        Machine(name="idle", cores=8, parts=("behind",)),
        Machine(name="client", cores=64, parts=("generator",)),
        behind_ms=3.0,
    )
    run = spread_shop.run(system, 4)
    [one] = run.configurations[0].repetitions
    due_s = poisson(0.85 * system.most_per_s(4), 20.0, 3)

    def times_ms(*nodes: Node) -> list[float]:
        told = repeated(run, structs.replace(one, nodes=nodes))
        [point] = model_for(told, system.spec(tmp_path), "shop").evidence
        works = replace(point.full.works, broker_ms=0.0)
        return simulation.open_ms(point.layout(at(4), turns=0, dispatch="fewest"), works, due_s)

    assert times_ms(*one.nodes) == pytest.approx(times_ms(*reversed(one.nodes)))
