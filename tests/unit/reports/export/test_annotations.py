"""What a CI service is told beside a job: bounded, escaped, and nothing that it would obey."""

import re

import pytest
from msgspec.structs import replace

from reports.export.annotations import (
    MOST,
    Annotation,
    annotations,
    commands,
    comparison_annotations,
)
from reports.page.comparison_sections import comparison_section
from reports.record.capacity import MeasuredVerdict
from reports.record.measurements import Unmeasured
from reports.record.record import Check
from tests.unit.reports.sample_capacities import predicted_run
from tests.unit.reports.sample_contract import POST, clean_run, failing_run
from tests.unit.reports.sample_faults import faults_run, trial
from tests.unit.reports.sample_runs import changed, e2e_run, load_run

FAILED = Check(name="parity", verdict="fail", sentence="They differ.", seconds=1.0)
FORM = re.compile(r"::(error|warning) title=([^:,\r\n]*)::([^\r\n]*)")


def doubt(name: str) -> Check:
    return Check(name=name, verdict="unknown", sentence="Nothing is known.", seconds=1.0)


def test_a_run_in_which_all_is_well_has_none() -> None:
    assert annotations(clean_run()) == []
    assert annotations(load_run(points=[(1, 1)])) == []
    assert annotations(faults_run(trials=(trial(),))) == []


def test_new_failures_of_a_contract_are_errors_and_doubts_are_warnings() -> None:
    run = failing_run()
    found = annotations(replace(run, checks=(*run.checks, doubt("a_fault"))))

    assert [one.title for one in found if one.kind == "error"] == [
        one.operation or one.check for one in run.failures if not one.known
    ]
    assert [(one.title, one.sentence) for one in found if one.kind == "warning"] == [
        ("service stopped", "The check raised OSError."),
        ("a_fault", "Nothing is known."),
    ]


def test_a_load_run_has_one_a_phase_with_all_that_is_said_of_it() -> None:
    run = changed(load_run(points=[(1, 1)]), "closed", failed=900, errors={"HTTP 500": 900})
    stalled = changed(run, "common", loop_gap_ms_max=80.0, generator_cpu=0.9)
    found = annotations(stalled)
    [first, *_] = [one for one in found if one.kind == "warning"]

    assert [one.kind for one in found] == ["error", "error", "warning", "warning"]
    assert "HTTP 500" in found[0].sentence
    assert "stood still" in first.sentence
    assert "above 80 %" in first.sentence.replace("\N{NO-BREAK SPACE}", " ")


def test_a_dead_load_process_is_an_error_whatever_else_holds() -> None:
    dead = Unmeasured(subject="crud, repetition 3", sentence="It was ended by SIGKILL.")

    assert annotations(load_run(points=[(1, 1)], unmeasured=(dead,))) == [
        Annotation(kind="error", title=dead.subject, sentence=dead.sentence)
    ]


def test_what_failed_on_the_way_to_an_answer_that_holds_is_no_error() -> None:
    answered = changed(predicted_run(), "closed", failed=9_000)
    found = annotations(answered)

    assert found
    assert {one.kind for one in found} == {"warning"}


@pytest.mark.parametrize(("verdict", "kind"), [("fail", "error"), ("unknown", "warning")])
def test_a_question_without_an_answer_that_holds_has_one(
    verdict: MeasuredVerdict, kind: str
) -> None:
    [asked] = [one for one in predicted_run().capacity if one.answer]
    assert asked.answer
    answer = replace(asked.answer, verdict=verdict, sentence="None of 9 candidates.")
    run = load_run(points=[(1, 1)], capacity=(replace(asked, answer=answer),))

    [one] = annotations(run)

    assert (one.kind, one.title, one.sentence) == (kind, asked.scenario, answer.sentence)


def test_faults_have_one_each() -> None:
    late, void = trial("late-one", recovery_s=None), trial("void-one", void="No engine.")
    found = annotations(faults_run(trials=(trial(), late, void)))

    assert [(one.kind, one.title) for one in found] == [
        ("error", "late-one, processes"),
        ("warning", "void-one, processes"),
    ]
    assert found[1].sentence == "No engine."


@pytest.mark.parametrize(
    ("throughput_per_s", "stack", "kinds"),
    [(100.0, "reference", ["error"]), (None, "other", ["warning"]), (None, "reference", [])],
    ids=["worse", "not to be told", "no regression"],
)
def test_a_comparison_has_one_where_it_does_not_pass(
    throughput_per_s: float | None, stack: str, kinds: list[str]
) -> None:
    before = load_run(points=[(1, 1)], repetitions=5)
    after = replace(before, stack=stack)
    if throughput_per_s:
        after = changed(after, "closed", throughput_per_s=throughput_per_s)
    shown = comparison_section(("before", before), ("after", after))

    assert [one.kind for one in comparison_annotations(shown)] == kinds


def test_each_is_one_line_in_which_nothing_but_the_command_is_one() -> None:
    evil = "100 %\r\n::error::owned\n##[stop-commands]x\n  ::set-output name=a::b \x1b[31m"
    failure = replace(POST, operation="GET /a:b,c%\n::warning::x", sentence=evil)
    [line] = commands(annotations(e2e_run(checks=(FAILED,), failures=(failure,))))
    found = FORM.fullmatch(line)

    assert found
    assert found[2] == "GET /a%3Ab%2Cc%25 \\x3a%3Awarning%3A%3Ax"
    assert found[3].startswith("100 %25\\r \\x3a:error::owned \\x23#[stop-commands]x ")
    assert "\x1b" not in line
    assert "##[" not in line


def test_no_more_than_ten_of_a_kind_are_told_and_the_last_says_how_many_more() -> None:
    many = tuple(replace(POST, operation=f"GET /{number}") for number in range(MOST + 3))
    checks = tuple(doubt(f"fault {number}") for number in range(MOST))
    checks = (FAILED, *checks)
    told = list(commands(annotations(e2e_run(checks=checks, failures=many))))

    errors = [line for line in told if line.startswith("::error")]
    assert len(errors) == MOST
    assert errors[-1] == "::error title=More::And 4 more, in run.json."
    assert [line for line in told if "title=fault 9::" in line] == [told[-1]]
    assert len(told) == 2 * MOST
