"""What a command line asks for becomes an order, or one sentence."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from loadtests.command.options import RunOptions
from loadtests.command.run_plan import resumed, rounds_of, sweep_plan
from loadtests.command.target_plan import target_plan
from loadtests.plan.durations import ALONE, ASKED, FIRST, LATER, QUICK
from loadtests.sweep.trial import EarlierResults, SweepTrial, plan_of
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError

STACK = """
format_version = 1
name = "rows"

[parts.gate]
role = "gateway"
port = 9000
command = ["python"]

[scenarios.rows]
description = "Reads"

[[scenarios.rows.calls]]
name = "read"
request = "GET /rows"
"""
POINT = CopyCounts(resolvers=1, service_workers=2)


@pytest.fixture
def asked(tmp_path: Path) -> RunOptions:
    """Return what is asked for when only a stack file is given."""
    file = tmp_path / "stack.toml"
    file.write_text(STACK)
    return RunOptions(command="here", stack=file, engine="processes", site=tmp_path / "site")


@pytest.mark.parametrize(
    ("changes", "repetitions", "certain"),
    [
        ({}, 5, 5),
        ({"quick": True}, 1, 1),
        ({"target_rate_per_s": 300.0, "slo_p99_ms": 50.0}, 3, 3),
        ({"target_rate_per_s": 300.0, "slo_p99_ms": 50.0, "repetitions": 1}, 1, 1),
        ({"quick": True, "repetitions": 3}, 3, 3),
        ({"repetitions": 8}, 8, 8),
        ({"until_ci": "5%"}, 20, 5),
        ({"until_ci": "5%", "repetitions": 9}, 9, 5),
        ({"until_ci": "5%", "repetitions": 4}, 4, 4),
    ],
    ids=str,
)
def test_it_repeats_five_times_unless_something_else_is_asked_for(
    asked: RunOptions, changes: dict[str, object], repetitions: int, certain: int
) -> None:
    rounds = rounds_of(replace(asked, **changes))  # type: ignore[arg-type]  # mixed on purpose

    assert (rounds.repetitions, rounds.certain) == (repetitions, certain)


@pytest.mark.parametrize(
    ("changes", "first", "later"),
    [
        ({}, FIRST, LATER),
        ({"quick": True}, QUICK, LATER),
        ({"target_rate_per_s": 300.0, "slo_p99_ms": 50.0}, FIRST, ASKED),
        ({"repetitions": 1}, ALONE, ALONE),
    ],
    ids=str,
)
def test_phases_are_as_long_as_so_many_repetitions_need(
    asked: RunOptions, changes: dict[str, object], first: object, later: object
) -> None:
    run_plan = sweep_plan(replace(asked, **changes))  # type: ignore[arg-type]  # mixed on purpose

    assert (run_plan.lengths.first, run_plan.lengths.later) == (first, later)


def test_a_longer_duration_stretches_every_open_phase(asked: RunOptions) -> None:
    run_plan = sweep_plan(replace(asked, duration_s=20.0))

    assert (run_plan.lengths.first.open_s, run_plan.lengths.later.open_s) == (20.0, 20.0)
    assert run_plan.lengths.first.open_most_s >= 20.0


def test_the_first_drive_looks_for_the_maximum_and_a_later_one_knows_it(asked: RunOptions) -> None:
    run_plan = sweep_plan(asked)
    known = EarlierResults(common_per_s=70.0, users=8)
    plans = [
        plan_of(
            run_plan,
            SweepTrial(scenario="rows", configuration=POINT, number=number),
            known if number else EarlierResults(),
            host="http://127.0.0.1:1",
        )
        for number in (0, 1)
    ]

    assert [plan.closed_users for plan in plans] == [None, 8]
    assert [plan.common_per_s for plan in plans] == [None, 70.0]
    assert [plan.timing for plan in plans] == [FIRST, LATER]
    assert plans[0].seed != plans[1].seed
    assert plans[1].results.parent.name == "rows-1x2x1x32-2"


def test_a_later_drive_of_what_was_never_measured_looks_for_the_maximum(asked: RunOptions) -> None:
    trial = SweepTrial(scenario="rows", configuration=POINT, number=3)
    plan = plan_of(
        sweep_plan(asked), trial, EarlierResults(common_per_s=70.0), host="http://127.0.0.1:1"
    )

    assert plan.closed_users is None
    assert plan.timing == FIRST


def test_the_time_that_remains_counts_every_repetition(asked: RunOptions) -> None:
    run_plan = sweep_plan(replace(asked, workers="1,2"))

    assert len(run_plan.lengths_s) == 2 * 5
    assert run_plan.lengths_s[0] > run_plan.lengths_s[-1]


def test_a_default_run_of_the_reference_system_takes_seven_minutes_at_most(
    asked: RunOptions,
) -> None:
    run_plan = sweep_plan(replace(asked, stack=None))

    assert len(run_plan.lengths_s) == 40
    assert sum(run_plan.lengths_s) <= 7 * 60


def test_a_run_goes_on_with_the_options_that_it_was_begun_with(asked: RunOptions) -> None:
    begun = sweep_plan(replace(asked, workers="1,2", search=True, budget="10m"))

    again = sweep_plan(resumed(begun.run_folder), begun.run_folder)

    assert again.run_folder == begun.run_folder
    assert again.configurations == begun.configurations
    assert (again.searches, again.budget.whole_s) == (True, 600.0)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core cannot be shared out")
def test_pinning_gives_the_generator_a_core_of_its_own(asked: RunOptions) -> None:
    assert sweep_plan(asked).placement is None
    placement = sweep_plan(replace(asked, pin=True)).placement

    assert placement
    assert len(placement.generator) == 1
    assert placement.generator | placement.stack == os.sched_getaffinity(0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"requests": ("GET /",)}, "--request belongs to --target URL"),
        ({"requests_file": Path("x")}, "--requests belongs to --target URL"),
        ({"rate_per_s": 5.0}, "--rate belongs to --target URL"),
        ({"arrivals": "often"}, "--arrivals: Expected arrivals as"),
        ({"until_ci": "narrow"}, "--until-ci takes a share"),
        ({"scenarios": ("none",)}, "has no scenario 'none'"),
    ],
    ids=str,
)
def test_what_a_sweep_cannot_do_is_refused_and_leaves_nothing(
    asked: RunOptions, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(SpecError, match=said):
        sweep_plan(replace(asked, **changes))  # type: ignore[arg-type]  # mixed on purpose
    assert not asked.site.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quick": True}, "--quick needs a stack that is started here"),
        ({"workers": "3"}, "--workers needs a stack"),
        ({"engine": "processes"}, "--engine needs a stack"),
        ({"until_ci": "5%"}, "--until-ci needs a stack"),
        ({"requests": ()}, "give --request 'GET /path'"),
        ({"arrivals": "often"}, "--arrivals: Expected arrivals as"),
        ({"arrivals": "replay:none.txt"}, "--arrivals: Expected a recorded trace at none.txt"),
        ({"arrivals": "ramp:1-9", "rate_per_s": 5.0}, "brings its own rates; leave --rate out"),
        ({"target": "127.0.0.1:9000"}, "--target takes a base URL"),
        ({"target": "ftp://127.0.0.1"}, "--target takes a base URL"),
        ({"target": "http://127.0.0.1/x?y=1"}, "--target takes a base URL"),
        ({"target": "http://127.0.0.1:99999"}, "--target takes a base URL"),
    ],
    ids=str,
)
def test_what_a_target_cannot_be_asked_is_refused_and_leaves_nothing(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    usual = RunOptions(
        command="here",
        site=tmp_path / "site",
        target="http://127.0.0.1:9",
        requests=["GET /"],
    )
    asked = replace(usual, **changes)  # type: ignore[arg-type]  # mixed on purpose

    with pytest.raises(SpecError, match=said):
        target_plan(asked, asked.target or "")
    assert not asked.site.exists()


def test_a_question_takes_one_number_of_copies_a_part(asked: RunOptions) -> None:
    question = replace(asked, stack=None, target_rate_per_s=50.0, slo_p99_ms=50.0)
    run_plan = sweep_plan(replace(question, copies=["resolver=2"]))

    assert {one.of_parts for one in run_plan.grid} == {(("resolver", 2),)}
    with pytest.raises(SpecError, match="--copies takes one number a part where"):
        sweep_plan(replace(question, copies=["resolver=1,2"]))
