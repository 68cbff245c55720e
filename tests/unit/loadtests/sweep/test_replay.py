"""A baseline is measured again as it was: points, rates, arrivals, lengths; or it is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from loadtests.command.options import RunOptions
from loadtests.command.run_plan import SPARE, resumed, sweep_plan
from loadtests.sweep.replay import Replay, replay_of
from loadtests.sweep.results import SweepResults
from loadtests.sweep.trial import EarlierResults, SweepTrial, plan_of
from reports.judgement import reference_run
from reports.page.comparison_sections import BASELINE
from reports.record.measurements import Node
from reports.record.record import LoadRun, Repetition, write_record
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError
from tests.unit.reports.sample_runs import conditions, load_run, target_run

LARGE, SMALL = (2, 1), (1, 1)
FIVE = load_run(points=[LARGE, SMALL], repetitions=5, seed=7)


def with_common(run: LoadRun, **changes: object) -> LoadRun:
    """Return the run with its phases at the common rate changed."""

    def other(one: Repetition) -> Repetition:
        return changed(one, common=one.common and changed(one.common, **changes))

    return changed(
        run,
        configurations=tuple(
            changed(one, repetitions=tuple(map(other, one.repetitions)))
            for one in run.configurations
        ),
    )


def stored(folder: Path, run: LoadRun) -> str:
    return str(write_record(folder / "earlier" / "run.json", run))


@pytest.fixture
def asked(tmp_path: Path) -> RunOptions:
    """Return what is asked for when only a baseline is given."""
    return RunOptions(
        command="here",
        engine="processes",
        site=tmp_path / "site",
        baseline=stored(tmp_path, FIVE),
    )


def test_the_order_is_the_baseline_s(asked: RunOptions) -> None:
    run_plan = sweep_plan(asked)

    assert [(one.resolvers, one.service_workers) for one in run_plan.configurations] == [
        SMALL,
        LARGE,
    ]
    assert list(run_plan.scenarios) == ["crud", "supplier"]
    assert (run_plan.seed, run_plan.rounds.seed, run_plan.arrivals) == (7, 7, "poisson")
    assert (run_plan.rounds.repetitions, run_plan.rounds.spare) == (5, SPARE)
    assert run_plan.notes[-1].startswith("Repeats the load run of 2026-")


@pytest.mark.parametrize(
    ("cores", "said"),
    [
        (4.0, ()),
        (2.0, ("where copies ran was 1 gateway on 4 cores and is 1 gateway on 2 cores",)),
    ],
    ids=["as then", "on fewer cores"],
)
def test_that_copies_run_on_other_cores_than_the_baseline_s_is_told_at_once(
    cores: float, said: tuple[str, ...]
) -> None:
    def node(cores: float) -> Node:
        return Node(name="a", cores=cores, here=False, copies={"gateway": 1})

    placed = tuple(
        changed(one, repetitions=tuple(changed(r, nodes=(node(4.0),)) for r in one.repetitions))
        for one in FIVE.configurations
    )
    replay = Replay(baseline=FIVE, measured=placed)

    assert replay.moved(CopyCounts(), (node(cores),)) == said


def test_virtual_nodes_of_one_machine_that_took_turns_are_no_difference() -> None:
    def node(name: str, *parts: str) -> Node:
        return Node(name=name, cores=4.0, here=True, copies=dict.fromkeys(parts, 1))

    then = (node("a", "gateway"), node("b", "worker"))
    placed = tuple(
        changed(one, repetitions=tuple(changed(r, nodes=then) for r in one.repetitions))
        for one in FIVE.configurations
    )
    replay = Replay(baseline=FIVE, measured=placed)

    assert replay.moved(CopyCounts(), (node("a", "gateway", "worker"), node("b"))) == ()


def test_every_drive_is_offered_the_baseline_s_rate_as_long_as_then(asked: RunOptions) -> None:
    run_plan = sweep_plan(asked)
    assert run_plan.replay
    sweep_results = SweepResults(common_per_s=run_plan.replay.common_per_s)
    trial = SweepTrial(scenario="supplier", configuration=CopyCounts(), number=0)
    then = FIVE.configurations[-1].repetitions[0]
    assert then.common
    assert then.closed

    plan = plan_of(run_plan, trial, sweep_results.known(trial), host="http://127.0.0.1:1")

    assert plan.common_per_s == then.common.offered_per_s
    assert plan.closed_users is None  # what it carries is looked for anew
    assert (plan.timing.open_s, plan.timing.open_most_s) == (then.common.duration_s,) * 2
    assert plan.timing.level_s == then.closed.duration_s


def test_first_and_later_repetitions_last_as_long_as_each_did(
    asked: RunOptions, tmp_path: Path
) -> None:
    (first, *others), rest = FIVE.configurations[0].repetitions, FIVE.configurations[1:]
    assert first.common
    longer = changed(first, common=changed(first.common, duration_s=4.5))
    one = changed(FIVE.configurations[0], repetitions=(longer, *others))
    run = changed(FIVE, configurations=(one, *rest))
    run_plan = sweep_plan(replace(asked, baseline=stored(tmp_path / "b", run)))
    plans = [
        plan_of(
            run_plan,
            SweepTrial(scenario="crud", configuration=CopyCounts(), number=number),
            EarlierResults(common_per_s=1.0, users=4 if number else None),
            host="http://127.0.0.1:1",
        )
        for number in (0, 1)
    ]

    assert [plan.timing.open_s for plan in plans] == [4.5, 6.0]


def test_the_baseline_lies_beside_the_run_and_is_what_a_resumed_one_goes_by(
    asked: RunOptions,
) -> None:
    run_plan = sweep_plan(asked)
    Path(asked.baseline or "").unlink()

    again = sweep_plan(resumed(run_plan.run_folder), resume=run_plan.run_folder)

    assert reference_run.found(str(run_plan.run_folder / BASELINE), asked.site)[1].seed == FIVE.seed
    assert again.configurations == run_plan.configurations
    assert again.notes == run_plan.notes
    assert again.replay
    assert again.replay.common_per_s == run_plan.replay.common_per_s  # type: ignore[union-attr]  # set as above


def test_one_scenario_of_several_may_be_asked_for(asked: RunOptions) -> None:
    assert list(sweep_plan(replace(asked, scenarios=["supplier"])).scenarios) == ["supplier"]


def test_a_point_that_can_carry_no_verdict_is_not_measured_again(tmp_path: Path) -> None:
    first, *rest = FIVE.configurations
    run = changed(FIVE, configurations=(changed(first, repetitions=first.repetitions[:4]), *rest))

    found = replay_of(stored(tmp_path, run), tmp_path, ["crud"])

    assert [(one.resolvers, one.service_workers) for one in found.points] == [SMALL]


def test_what_differs_here_is_told_before_anything_is_driven(tmp_path: Path) -> None:
    found = replay_of(stored(tmp_path, FIVE), tmp_path)

    here = FIVE.conditions
    assert found.differences("reference", here) == ()
    assert found.differences("reference", changed(here, details={"generator": "locust"})) == ()
    assert found.differences("other", conditions(rabbitmq="4.1.0")) == (
        "the stack was reference and is other",
        "rabbitmq was 4.0.5 and is 4.1.0",
    )


@pytest.mark.parametrize(
    ("then_ms", "said"),
    [
        pytest.param((0.2, 0.21), (), id="as fast"),
        pytest.param(
            (0.15, 0.15),
            ("what the machine takes for a fixed piece of work was 0.150 ms and is 0.200 ms",),
            id="slower now",
        ),
        pytest.param((), (), id="not timed then"),
    ],
)
def test_another_pace_of_the_machine_is_told_before_anything_is_driven(
    tmp_path: Path, then_ms: tuple[float, ...], said: tuple[str, ...]
) -> None:
    run = with_common(FIVE, yardstick_ms=then_ms)

    assert replay_of(stored(tmp_path, run), tmp_path).paces(0.2) == said


def test_arrivals_that_a_record_only_names_are_given_once_more(tmp_path: Path) -> None:
    run = with_common(FIVE, arrivals="replay:trace.csv")

    found = replay_of(stored(tmp_path, run), tmp_path)

    assert found.arrivals_as("replay:/elsewhere/trace.csv") == "replay:/elsewhere/trace.csv"
    with pytest.raises(SpecError, match=r"had --arrivals replay:trace.csv, and here they are po"):
        found.arrivals_as("poisson")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"workers": "2"}, "--workers stands in the baseline; leave it or --baseline out"),
        ({"seed": 3}, "--seed stands in the baseline"),
        ({"duration_s": 9.0}, "--duration stands in the baseline"),
        ({"quick": True}, "--quick stands in the baseline"),
        ({"arrivals": "constant"}, "had --arrivals poisson, and here they are constant"),
        ({"repetitions": 4}, "--baseline needs 5 --repetitions for a verdict"),
        ({"scenarios": ("none",)}, "no scenario 'none'; choose from: crud, supplier"),
        ({"baseline": "nowhere"}, "--baseline: Expected a run record at nowhere, but"),
    ],
    ids=str,
)
def test_what_contradicts_a_baseline_is_refused_and_leaves_nothing(
    asked: RunOptions, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(SpecError, match=said):
        sweep_plan(replace(asked, **changes))  # type: ignore[arg-type]  # mixed on purpose
    assert not asked.site.exists()


@pytest.mark.parametrize(
    ("run", "said"),
    [
        pytest.param(target_run(), "measured a server that was up", id="of a target"),
        pytest.param(
            load_run(points=[SMALL], repetitions=3), "has 3 undisturbed repetitions", id="short"
        ),
        pytest.param(
            with_common(FIVE, lag_ms_p99=900.0), "has 0 undisturbed repetitions", id="disturbed"
        ),
    ],
)
def test_a_record_that_can_carry_no_verdict_is_no_baseline(
    tmp_path: Path, run: LoadRun, said: str
) -> None:
    with pytest.raises(SpecError, match=said):
        replay_of(stored(tmp_path, run), tmp_path)


def test_copies_of_single_parts_are_the_baselines(asked: RunOptions, tmp_path: Path) -> None:
    told = (
        changed(one, of_parts={"resolver": 3 if one.resolvers == 1 else 1})
        for one in FIVE.configurations
    )
    run = changed(FIVE, configurations=tuple(told))
    run_plan = sweep_plan(replace(asked, baseline=stored(tmp_path / "parts", run)))

    assert {dict(one.of_parts)["resolver"] for one in run_plan.configurations} == {1, 3}
    with pytest.raises(SpecError, match="--copies stands in the baseline"):
        sweep_plan(replace(asked, copies=["resolver=2"]))
