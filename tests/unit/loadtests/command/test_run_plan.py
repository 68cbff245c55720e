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


def test_a_gateway_has_the_workers_that_the_stack_file_says(
    asked: RunOptions, tmp_path: Path
) -> None:
    (tmp_path / "stack.toml").write_text(STACK.replace("port = 9000", "port = 9000\nworkers = 3"))
    typed = replace(asked, gateway_workers="1,2")

    assert {one.gateway_workers for one in sweep_plan(asked).configurations} == {3}
    assert {one.gateway_workers for one in sweep_plan(typed).configurations} == {1, 2}


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


TWO_KINDS = """
format_version = 2
name = "rows"

[parts.gate]
role = "gateway"
port = 9000
command = ["python"]

[parts.tags]
role = "resolver"
port = 9001
command = ["python"]

[parts.users]
role = "resolver"
port = 9002
command = ["python"]

[parts.bank]
role = "stub"
port = 9003
command = ["python"]

[scenarios.rows]
description = "Reads"

[[scenarios.rows.calls]]
name = "read"
request = "GET /tags"
"""


def kinds_question(asked: RunOptions, *copies: str, said: str = "") -> RunOptions:
    """Return a question about a system of two kinds; `said` is added to its only call."""
    assert asked.stack
    asked.stack.write_text(TWO_KINDS + said)
    return replace(asked, target_rate_per_s=50.0, slo_p99_ms=50.0, copies=[*copies])


def test_a_question_goes_over_the_copies_of_the_only_resolver_told_by_name(
    asked: RunOptions,
) -> None:
    question = replace(asked, stack=None, target_rate_per_s=50.0, slo_p99_ms=50.0)
    one = sweep_plan(replace(question, copies=["resolver=2"]))
    several = sweep_plan(replace(question, copies=["resolver=1,2"]))

    assert {at.of_parts for at in one.grid} == {(("resolver", 2),)}
    assert {at.copies_of("resolver") for at in several.grid} == {1, 2, 3, 4}
    assert {at.resolvers for at in several.grid} == {1}
    assert several.costs.of(CopyCounts(of_parts=(("resolver", 2),))) == 4


def test_a_question_goes_over_the_copies_of_every_kind_that_calls_are_said_to_visit(
    asked: RunOptions,
) -> None:
    copies = ("tags=1,2", "users=1,2")
    run_plan = sweep_plan(
        replace(kinds_question(asked, *copies, said='resolver = "tags"'), cost="users=3")
    )
    both = {(at.copies_of("tags"), at.copies_of("users")) for at in run_plan.grid}

    assert both == {(tags, users) for tags in range(1, 5) for users in range(1, 5)}
    assert run_plan.costs.of(CopyCounts(of_parts=(("tags", 1), ("users", 2)))) == 1 + 2 * 3 + 2


@pytest.mark.parametrize(
    ("copies", "said", "sentence"),
    [
        (("tags=1,2", "users=1"), "", "unless it is known which calls each visits. Which of the"),
        (("bank=1,2",), 'resolver = "tags"', "--copies takes one number of bank where"),
    ],
    ids=["nothing tells", "of a stub"],
)
def test_a_question_that_the_model_cannot_answer_of_single_parts_is_refused(
    asked: RunOptions, copies: tuple[str, ...], said: str, sentence: str
) -> None:
    with pytest.raises(SpecError, match=sentence):
        sweep_plan(kinds_question(asked, *copies, said=said))


def test_searches_take_several_numbers_of_copies_a_part(asked: RunOptions) -> None:
    seeking = replace(kinds_question(asked, "tags=1,2"), target_rate_per_s=None, slo_p99_ms=None)
    searched = sweep_plan(replace(seeking, search=True))

    assert {at.copies_of("tags") for at in searched.configurations} == {1, 2}
