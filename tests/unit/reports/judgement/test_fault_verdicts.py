"""Each cell of the fault matrix is green, red or grey for a reason that stands beside it."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from reports.judgement.fault_verdicts import (
    COMES_UP,
    GROUPS,
    INVARIANTS,
    InvariantCell,
    cells,
    meanwhile,
)
from reports.judgement.findings import headline
from reports.judgement.verdicts import EXIT_CODES, exit_code, judge, verdict, was_judged
from reports.page.page import run_page
from reports.publication import new_run_folder, publish
from reports.record.fault_trials import Breach, ColdStarts, FaultTrial, Residue
from reports.record.record import Verdict, read_record
from tests.unit.reports.sample_faults import CLEAN, faults_run, steps, trial
from tests.unit.reports.sample_runs import HOSTILE


def cell(one: FaultTrial, invariant: str) -> InvariantCell:
    [found] = [cell for cell in cells(one) if cell.invariant == invariant]
    return found


def test_a_trial_has_a_cell_for_each_invariant_in_their_order() -> None:
    for one in (trial(), trial(not_applicable="why"), trial(void="why")):
        assert [cell.invariant for cell in cells(one)] == list(INVARIANTS)


def test_a_stack_that_did_not_come_up_is_the_systems_and_says_nothing_of_the_invariants() -> None:
    dead = trial(void="StartError: no licence found", came_up=False)
    run = faults_run(trials=(dead,), cold_starts=())
    told = {one.check: (one.verdict, one.sentence) for one in judge(run)}

    assert told.pop(COMES_UP) == ("fail", "StartError: no licence found")
    assert {verdict for verdict, _ in told.values()} == {"unknown"}
    assert "StartError: no licence found" in run_page(run)


def test_every_column_stands_under_words_that_say_what_a_tick_in_it_means() -> None:
    assert sum(GROUPS.values()) == len(INVARIANTS)


def test_a_trial_that_kept_every_promise_is_green_but_for_what_is_not_asked() -> None:
    verdicts = {cell.invariant: cell.verdict for cell in cells(trial())}

    assert verdicts == dict.fromkeys(INVARIANTS, "pass") | {"serves on": "not applicable"}


def test_what_nobody_could_look_at_is_no_tick() -> None:
    one = trial(not_asked={"late": "nobody saw it"})

    assert cell(one, "late") == InvariantCell(
        invariant="late", verdict="not applicable", sentence="nobody saw it"
    )
    assert cell(one, "lost").verdict == "pass"


@pytest.mark.parametrize("name", CLEAN)
def test_one_breach_makes_its_cell_red_and_is_shown(name: str) -> None:
    one = trial(breaches=CLEAN | {name: Breach(count=1, shown=("k1-1: told",))})

    assert cell(one, name).verdict == "fail"
    assert "k1-1: told" in cell(one, name).sentence
    assert [c.invariant for c in cells(one) if c.verdict == "fail"] == [name]


def test_a_promise_of_which_the_record_says_nothing_is_unknown() -> None:
    assert cell(trial(breaches={}), "lost").verdict == "unknown"


@pytest.mark.parametrize(("unknown", "expected"), [(18, "pass"), (19, "fail")])
def test_unknown_calls_are_bounded_by_what_the_fault_explains(unknown: int, expected: str) -> None:
    assert cell(trial(unknown=unknown), "unknown").verdict == expected


@pytest.mark.parametrize(
    ("recovery_s", "expected"), [(0.0, "pass"), (5.0, "pass"), (5.1, "fail"), (None, "fail")]
)
def test_recovery_has_five_seconds(recovery_s: float | None, expected: str) -> None:
    assert cell(trial(recovery_s=recovery_s), "recovered").verdict == expected


@pytest.mark.parametrize(("resumed_s", "expected"), [(2.0, "pass"), (2.1, "fail"), (None, "fail")])
def test_a_broker_that_is_back_is_used_again_within_two_seconds(
    resumed_s: float | None, expected: str
) -> None:
    assert cell(trial(reopened_s=6.0, resumed_s=resumed_s), "recovered").verdict == expected


def test_something_above_what_may_be_left_is_named() -> None:
    left = Residue(what="channels", before=7, after=8, most=7)
    grown = Residue(what="descriptors of gateway", before=40, after=60, most=80)

    assert cell(trial(residues=(left, grown)), "left over").verdict == "fail"
    assert cell(trial(residues=(left,)), "left over").sentence == "channels: 7 before, 8 after."
    assert cell(trial(residues=(grown,)), "left over").verdict == "pass"


def test_what_could_not_be_counted_is_unknown() -> None:
    one = trial(residues=(), uncounted="No management API.")

    assert (cell(one, "left over").verdict, cell(one, "left over").sentence) == (
        "unknown",
        "No management API.",
    )


def test_a_fault_that_is_no_outage_must_leave_somebody_served() -> None:
    dead = tuple(replace(one, ok=0) for one in steps({"504 deadline": 30}))
    none = trial(outage=False, course=dead)

    assert cell(trial(outage=False), "serves on").verdict == "pass"
    assert cell(none, "serves on").verdict == "fail"
    assert meanwhile(none)[0] == 0


def test_a_fault_that_does_not_exist_on_an_engine_is_no_doubt_and_a_void_one_is() -> None:
    absent = faults_run(trials=(trial(), trial("other", not_applicable="3.10 knows no such flag")))
    void = faults_run(trials=(trial(), trial("other", void="No Docker engine answers")))

    assert (verdict(absent), EXIT_CODES[verdict(absent)]) == ("pass", 0)
    assert (verdict(void), EXIT_CODES[verdict(void)]) == ("unknown", 3)
    assert verdict(faults_run()) == "fail"


def test_faults_that_do_not_apply_are_counted_apart_in_the_headline() -> None:
    run = faults_run(
        trials=(trial(), trial("other", not_applicable="why", writes=0)), cold_starts=()
    )

    assert headline(run) == (
        "Holds: 1 faults tried, 1 not applicable, 9 of 9 cells hold, 507 writes."
    )


@pytest.mark.parametrize(
    ("came_up", "expected", "begins"),
    [
        ((), "not applicable", "Not applicable: none of 2 faults applies."),
        ((20,), "not applicable", "Not applicable: none of 2 faults applies."),
        ((19,), "fail", "Does not hold: none of 2 faults applies."),
    ],
    ids=["alone", "beside starts that came up", "beside one that did not"],
)
def test_a_run_of_which_no_fault_applies_is_not_applicable_and_does_not_end_with_0(
    came_up: tuple[int, ...], expected: Verdict, begins: str
) -> None:
    starts = (
        ColdStarts(engine="processes", asked=20, came_up=number, workers=4, slowest_s=6.1)
        for number in came_up
    )
    trials = tuple(trial(name, not_applicable="why") for name in ("one", "other"))
    run = faults_run(trials=trials, cold_starts=tuple(starts))

    assert verdict(run) == expected
    assert exit_code(verdict(run), judged=was_judged(run), tolerant=True) != 0
    assert headline(run) == begins


def test_a_run_of_which_nothing_applies_says_why_first_and_stands_in_the_list_and_the_feed(
    tmp_path: Path,
) -> None:
    run = faults_run(trials=(trial(not_applicable="There is no broker."),), cold_starts=())
    page = publish(run, new_run_folder("faults", tmp_path)).read_text(encoding="utf-8")
    listed = (tmp_path / "index.html").read_text(encoding="utf-8")
    [item] = json.loads((tmp_path / "feed.json").read_text(encoding="utf-8"))["items"]

    assert page.index("<li>Not applicable (1): There is no broker.</li>") < page.index("<table")
    assert '<span class="verdict not-applicable">\N{EN DASH} not applicable</span>' in listed
    assert (item["title"], item["tags"][1]) == ("faults, not applicable", "not applicable")


def test_a_cold_start_that_failed_fails_the_run() -> None:
    starts = ColdStarts(
        engine="processes", asked=20, came_up=19, workers=4, slowest_s=7.0, failures=("locked",)
    )
    run = faults_run(trials=(trial(),), cold_starts=(starts,))
    [said] = [one for one in judge(run) if one.check == "cold starts"]

    assert said.verdict == "fail"
    assert "19 of 20" in said.sentence
    assert "locked" in said.sentence


def test_a_run_is_read_back_and_its_page_names_every_fault_and_reason(tmp_path: Path) -> None:
    folder = new_run_folder("faults", tmp_path)
    publish(faults_run(), folder)
    page = (folder / "index.html").read_text()

    assert read_record(folder) == faults_run()
    for one in faults_run().trials:
        assert one.fault in page
    assert "RabbitMQ 3.10 knows no deprecated_features." in page
    assert "20 of 20 cold starts" in page
    assert "faults" in (tmp_path / "index.html").read_text()


def test_hostile_text_stays_text() -> None:
    page = run_page(faults_run())

    assert HOSTILE not in page
    assert "<script" not in page


def test_a_trial_made_once_more_tells_on_the_page_what_was_red_before() -> None:
    seen = "Seen: recovered: Never again"
    page = run_page(faults_run(trials=(trial(spoilt=(f"It stood still. {seen}",)),)))

    assert f"Made once more. It stood still. {seen}" in page
