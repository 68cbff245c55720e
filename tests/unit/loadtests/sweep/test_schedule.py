"""A run's way through its configurations: what is measured, kept, taken over, or left out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from loadtests.plan.load_workers import ExpectedWorkers
from loadtests.plan.plan import Line, Plan, Results
from loadtests.sweep import checkpoint, schedule
from loadtests.sweep.configuration_search import design
from loadtests.sweep.load_process import LoadFailedError, WorkersMissingError
from loadtests.sweep.rate_probe import RateProber
from loadtests.sweep.results import SweepResults
from loadtests.sweep.schedule import Schedule
from loadtests.sweep.trial import RunPlan, SweepTrial
from reports.record.capacity import RateSearch
from reports.record.measurements import Configuration, Unmeasured
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.engine import EngineNode
from testcontainers_fixtures.stack_file.attach_spec import Attach
from testcontainers_fixtures.stack_file.part_spec import Part
from testcontainers_fixtures.stack_spec import StackSpec
from tests.unit.loadtests.sample_plans import display, run_plan
from tests.unit.loadtests.sample_results import results

if TYPE_CHECKING:
    from testcontainers_fixtures.stack import Stack

SMALL, MIDDLE, LARGE = (CopyCounts(resolvers=count) for count in (1, 2, 3))
GRID = tuple(
    CopyCounts(resolvers=resolvers, service_workers=workers)
    for resolvers in (1, 2, 4)
    for workers in (1, 2, 4)
)


def attached(attach: Attach | None) -> StackSpec:
    part = Part(role="gateway", image="rpc:1", port=80)
    return StackSpec(format_version=2, name="x", parts={"rpc": part}, attach=attach)


@dataclass(slots=True)
class Parts:
    """Stands for a stack: which configuration runs, and each one that it was renewed to."""

    configuration: CopyCounts
    gateway: str = "http://127.0.0.1:9"
    renewed: list[CopyCounts] = field(default_factory=list)
    nodes: dict[EngineNode, dict[str, int]] = field(default_factory=dict)
    core_limits: dict[str, float] = field(default_factory=dict)
    spec: StackSpec = field(default_factory=lambda: attached(None))

    def renew(self, configuration: CopyCounts) -> None:
        self.renewed.append(configuration)
        self.configuration = configuration


@dataclass(slots=True)
class Generators:
    """Stands for the load processes: the plans they were told, and which of them fail."""

    plans: list[Plan] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    carries: Callable[[Plan], int] = lambda _: 600
    missing_at: str = ""
    workers: ExpectedWorkers | None = None
    standing_by: int = 0
    most_standing_by: int = 0

    @contextmanager
    def standby(
        self, file: Path, *, processes: int, workers: ExpectedWorkers | None
    ) -> Iterator["Generators"]:
        assert processes == 1
        self.workers = workers
        assert file.name == "results.json"
        self.standing_by += 1
        self.most_standing_by = max(self.most_standing_by, self.standing_by)
        yield self
        self.standing_by -= 1

    def drive(self, plan: Plan, _: Callable[[Line], None]) -> Results:
        self.plans.append(plan)
        if self.trials[-1] == self.missing_at:
            raise WorkersMissingError("Expected 2 workers, and 1 came (alpha)", ("alpha",))
        if self.trials[-1] in self.failing:
            raise LoadFailedError("the load process ended with 1")
        return results(common_per_s=plan.common_per_s or 210.0, samples=self.carries(plan))

    @property
    def trials(self) -> list[str]:
        """Return the names of the trials, in their order."""
        return [plan.results.parent.name for plan in self.plans]


@pytest.fixture
def generators(monkeypatch: pytest.MonkeyPatch) -> Generators:
    """Return what takes the place of load processes."""
    made = Generators()
    monkeypatch.setattr(schedule, "standby", made.standby)
    monkeypatch.setattr(schedule, "PartUsages", lambda _: dict)
    return made


def begun(
    wanted: RunPlan, *nodes: EngineNode, attach: Attach | None = None
) -> tuple[Schedule, Parts]:
    told = {node: {"rpc": 2} for node in nodes}
    stack = Parts(wanted.configurations[0], nodes=told, spec=attached(attach))
    made = Schedule(
        run_plan=wanted,
        stack=cast("Stack", stack),
        depth=lambda: None,
        sweep_results=SweepResults(),
        display=display(),
    )
    made.run()
    return made, stack


def test_every_repetition_measures_every_configuration_and_renews_between_them(
    tmp_path: Path, generators: Generators
) -> None:
    found, stack = begun(run_plan(tmp_path, SMALL, MIDDLE, LARGE, repetitions=2))

    first, second = generators.trials[:3], generators.trials[3:]
    assert first[0] == "crud-1x1x1x32-1"
    assert sorted(first) == [f"crud-{n}x1x1x32-1" for n in (1, 2, 3)]
    assert sorted(second) == [f"crud-{n}x1x1x32-2" for n in (1, 2, 3)]
    assert len(stack.renewed) == 5  # all but the very first, which was fresh
    assert found.measured == (SMALL, MIDDLE, LARGE)
    assert len(found.sweep_results.measured("crud", LARGE).repetitions) == 2


def test_all_are_offered_the_rate_that_the_first_drive_found(
    tmp_path: Path, generators: Generators
) -> None:
    begun(run_plan(tmp_path, SMALL, LARGE, repetitions=2))

    assert [plan.common_per_s for plan in generators.plans] == [None, 210.0, 210.0, 210.0]
    assert [plan.closed_users for plan in generators.plans] == [None, None, 8, 8]


def test_the_load_processes_of_all_scenarios_come_up_before_the_first_is_driven(
    tmp_path: Path, generators: Generators
) -> None:
    begun(run_plan(tmp_path, SMALL, scenarios=("crud", "supplier")))

    assert generators.trials == ["crud-1x1x1x32-1", "supplier-1x1x1x32-1"]
    assert generators.most_standing_by == 2
    assert generators.standing_by == 0


def test_of_load_processes_that_workers_come_to_there_is_one_at_a_time(
    tmp_path: Path, generators: Generators
) -> None:
    wanted = run_plan(tmp_path, SMALL, LARGE, scenarios=("crud", "supplier"))
    expected = ExpectedWorkers(count=2, names=("alpha", "beta"))
    begun(replace(wanted, workers=expected))

    assert len(generators.trials) == 4
    assert (generators.most_standing_by, generators.standing_by) == (1, 0)
    assert generators.workers == expected
    assert {plan.workers for plan in generators.plans} == {expected}


def test_a_run_whose_workers_do_not_come_ends_there_and_says_so(
    tmp_path: Path, generators: Generators
) -> None:
    generators.missing_at = "crud-3x1x1x32-1"
    wanted = replace(run_plan(tmp_path, SMALL, LARGE), workers=ExpectedWorkers(count=2))
    wanted = replace(wanted, rounds=replace(wanted.rounds, repetitions=5))
    found, _ = begun(wanted)

    assert "crud-3x1x1x32-1" in generators.trials[-1]
    assert len(generators.trials) == 2
    [unmeasured] = found.sweep_results.unmeasured
    assert unmeasured.sentence.startswith("Expected 2 workers, and 1 came")
    assert "workers were waited for in vain" in found.left_out[0]


def test_a_repetition_keeps_where_its_copies_ran_and_that_they_ran_elsewhere(
    tmp_path: Path, generators: Generators
) -> None:
    found, _ = begun(run_plan(tmp_path, SMALL), EngineNode(name="far", cores=8.0, here=False))
    [one] = found.sweep_results.measured("crud", SMALL).repetitions

    assert [(node.name, node.cores, node.copies) for node in one.nodes] == [
        ("far", 8.0, {"rpc": 2})
    ]
    assert generators.trials
    assert one.common
    assert one.common.apart


@pytest.mark.usefixtures("generators")
@pytest.mark.parametrize(
    ("usage", "apart"), [("prometheus:http://p?query=x", True), ("swarm:shop", False)]
)
def test_parts_that_somebody_else_measures_on_no_known_node_may_have_been_elsewhere(
    tmp_path: Path, usage: str, *, apart: bool
) -> None:
    found, _ = begun(run_plan(tmp_path, SMALL), attach=Attach(gateway="http://g", usage=usage))
    [one] = found.sweep_results.measured("crud", SMALL).repetitions
    phases = [one.closed, one.open, one.common]

    assert [phase and phase.apart for phase in phases] == [apart] * 3


def test_a_drive_that_fails_leaves_a_gap_and_the_run_goes_on(
    tmp_path: Path, generators: Generators
) -> None:
    generators.failing.add("crud-1x1x1x32-1")

    found, _ = begun(run_plan(tmp_path, SMALL, LARGE))

    (gap,) = found.sweep_results.measured("crud", SMALL).repetitions
    assert gap.reasons["common"] == "the load process ended with 1"
    assert found.sweep_results.measured("crud", LARGE).repetitions[0].common
    failed, driven = (
        SweepTrial(scenario="crud", configuration=at, number=0) for at in (SMALL, LARGE)
    )
    assert (
        checkpoint.saved(tmp_path, failed) is None
    )  # so that it is tried again when the run goes on
    assert checkpoint.saved(tmp_path, driven)


def test_a_run_that_goes_on_takes_over_what_is_kept_and_drives_the_rest(
    tmp_path: Path, generators: Generators
) -> None:
    wanted = run_plan(tmp_path, SMALL, LARGE, repetitions=2)
    whole, _ = begun(wanted)
    gone = SweepTrial(scenario="crud", configuration=LARGE, number=1)
    (tmp_path / "load" / gone.name / "kept.json").unlink()
    generators.plans.clear()

    again, stack = begun(wanted)

    assert generators.trials == [gone.name]
    assert generators.plans[0].common_per_s == 210.0
    assert stack.renewed == [LARGE]
    # What the parts used is no figure of this harness: there are none.
    assert again.sweep_results.repetitions == whole.sweep_results.repetitions


def test_what_does_not_fit_the_budget_is_left_out_and_named(
    tmp_path: Path, generators: Generators
) -> None:
    found, _ = begun(run_plan(tmp_path, SMALL, LARGE, whole_s=1.0))

    assert generators.trials == []
    assert found.measured == ()
    (sentence,) = found.left_out
    assert sentence.startswith("The budget of 1 s was spent before repetition 1 of 1 of 1 resolver")


def test_a_search_measures_a_design_then_what_it_chooses_and_repeats_that_alone(
    tmp_path: Path, generators: Generators
) -> None:
    grid = tuple(sorted(GRID, key=lambda at: (at.resolvers + at.service_workers, at.resolvers)))
    wanted = replace(run_plan(tmp_path, *grid, repetitions=2), searches=True)

    found, _ = begun(wanted)

    named = [f"crud-{at.resolvers}x{at.service_workers}x1x32-1" for at in design(grid)]
    assert generators.trials[: len(named)] == named
    assert len(found.measured) < len(grid)
    assert len(generators.trials) == 2 * len(found.measured)
    assert {name[-1] for name in generators.trials[len(found.measured) :]} == {"2"}


def test_scenarios_of_a_search_take_turns_and_a_void_drive_does_not_end_it(
    tmp_path: Path, generators: Generators
) -> None:
    generators.failing.update(f"crud-{n}x1x1x32-1" for n in (1, 2, 3))
    wanted = replace(
        run_plan(tmp_path, SMALL, MIDDLE, LARGE, scenarios=("crud", "supplier")), searches=True
    )

    found, _ = begun(wanted)

    assert found.measured == (SMALL, MIDDLE, LARGE)
    assert all(
        found.sweep_results.measured("supplier", at).repetitions[0].common for at in found.measured
    )


def test_a_rate_is_searched_once_a_configuration_and_kept(
    tmp_path: Path, generators: Generators, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []

    def knee(
        _prober: object, trial: SweepTrial, one: Configuration, slo_p99_ms: float
    ) -> RateSearch:
        searched.append(trial.name)
        return RateSearch(
            scenario=one.scenario,
            configuration=one.label,
            slo_p99_ms=slo_p99_ms,
            most_per_s=200.0,
            probes=(),
        )

    monkeypatch.setattr(schedule, "knee", knee)
    wanted = replace(
        run_plan(tmp_path, SMALL, LARGE, repetitions=2), searches_rate=True, slo_p99_ms=50.0
    )

    found, _ = begun(wanted)
    again, _ = begun(wanted)

    assert searched == ["crud-1x1x1x32-1", "crud-3x1x1x32-1"]
    assert again.knees == found.knees
    assert len(generators.plans) == 4


def test_a_search_in_which_a_load_process_died_is_made_again_when_the_run_goes_on(
    tmp_path: Path, generators: Generators, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = Unmeasured(subject="crud at 300 requests/s", sentence="the load process ended with 1")
    dying = [True, False]

    def knee(
        prober: RateProber, _: SweepTrial, one: Configuration, slo_p99_ms: float
    ) -> RateSearch:
        if dying.pop(0):
            prober.unmeasured.append(dead)
        return RateSearch(
            scenario=one.scenario,
            configuration=one.label,
            slo_p99_ms=slo_p99_ms,
            most_per_s=200.0,
            probes=(),
        )

    monkeypatch.setattr(schedule, "knee", knee)
    wanted = replace(run_plan(tmp_path, SMALL), searches_rate=True, slo_p99_ms=50.0)

    found, _ = begun(wanted)
    again, _ = begun(wanted)

    assert found.sweep_results.unmeasured == [dead]
    assert again.sweep_results.unmeasured == []
    assert len(generators.plans) == 2


def test_repetitions_end_where_the_intervals_are_narrow(
    tmp_path: Path, generators: Generators
) -> None:
    wanted = run_plan(tmp_path, SMALL, repetitions=9)
    wanted = replace(wanted, rounds=replace(wanted.rounds, until_ci=0.05))

    begun(wanted)

    assert len(generators.trials) == 5  # all alike, so five are enough
