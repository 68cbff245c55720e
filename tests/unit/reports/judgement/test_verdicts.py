"""Each check's sentence, and how verdicts add up."""

import pytest
from msgspec.structs import replace

from reports.judgement import validity_gates, verdicts
from reports.judgement.findings import headline
from reports.record.measurements import LoadWorker, Phase, Repetition, Unmeasured
from reports.record.record import Check, LoadRun, RunRecord, Verdict
from tests.unit.reports.sample_capacities import capacity, probe, rate_search
from tests.unit.reports.sample_faults import faults_run, trial
from tests.unit.reports.sample_runs import e2e_run, load_run, phase


@pytest.mark.parametrize("figure", ["offered_per_s", "lag_ms_p99"])
def test_an_open_phase_that_lacks_a_figure_is_unknown_for_its_reason(figure: str) -> None:
    record = _with_common(
        replace(phase(), **{figure: None, "reasons": {"users": "open", figure: "clock went back"}})
    )

    bad = [one for one in verdicts.judge(record) if one.verdict == "unknown"]

    assert [one.sentence.partition(": ")[2] for one in bad] == ["clock went back."]


def test_a_check_that_raises_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Phase) -> validity_gates.Said:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setitem(validity_gates.PHASE_GATES, "rate kept", broken)

    bad = [
        one for one in verdicts.judge(_with_common(phase())) if one.verdict in {"fail", "unknown"}
    ]

    assert [one.verdict for one in bad] == ["unknown", "unknown"]
    assert bad[0].sentence == "The check could not be made: ZeroDivisionError: by nothing."


def test_a_missing_common_phase_is_unknown_and_a_missing_open_one_is_not_judged() -> None:
    run = load_run(points=[(1, 1)])
    first = run.configurations[0]
    none = Repetition(
        warm_up=None,
        closed=first.repetitions[0].closed,
        open=None,
        common=None,
        reasons={"warm_up": "skipped", "open": "left out", "common": "nothing was carried"},
    )
    judged = verdicts.judge(replace(run, configurations=(replace(first, repetitions=(none,)),)))

    assert [
        (one.verdict, one.sentence) for one in judged if one.verdict in {"fail", "unknown"}
    ] == [("unknown", "There is no such phase: nothing was carried.")]


@pytest.mark.parametrize("name", ["closed", "common"])
def test_a_phase_in_which_something_else_took_the_machine_is_void(name: str) -> None:
    run = load_run(points=[(1, 1)])
    first = run.configurations[0].repetitions[0]
    measured: Phase = getattr(first, name)
    half = {part: replace(use, cpu_s=use.cpu_s / 2) for part, use in measured.used.items()}
    shared = replace(measured, host_cpu=0.99, used=half)
    one = replace(run.configurations[0], repetitions=(replace(first, **{name: shared}),))

    judged = verdicts.judge(replace(run, configurations=(one,)))
    bad = [one for one in judged if one.verdict in {"fail", "unknown"}]

    assert [(one.check, one.verdict) for one in bad] == [("machine its own", "unknown")]
    assert bad[0].sentence.endswith("this is what it left over; run again when it is idle.")


def test_a_target_is_judged_by_its_open_phase_alone() -> None:
    run = load_run(points=[(1, 1)])
    only = replace(
        run.configurations[0].repetitions[0],
        warm_up=None,
        closed=None,
        common=None,
        reasons=dict.fromkeys(("warm_up", "closed", "common"), "a target has no such phase"),
    )
    one = replace(run.configurations[0], repetitions=(only,))
    target = replace(run, target="http://127.0.0.1:9000", configurations=(one,))

    assert verdicts.verdict(target) == "pass"
    assert verdicts.verdict(replace(target, target="")) == "unknown"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(["pass", "pass"], "pass", id="all pass"),
        pytest.param(["pass", "unknown"], "unknown", id="one unknown"),
        pytest.param(["unknown", "fail", "pass"], "fail", id="a failure outweighs the unknown"),
        pytest.param([], "unknown", id="nothing was shown"),
        pytest.param(["not applicable", "pass"], "pass", id="what applies holds"),
        pytest.param(["unknown", "not applicable"], "unknown", id="what applies is unknown"),
        pytest.param(["fail", "not applicable"], "fail", id="what applies failed"),
        pytest.param(["not applicable"] * 2, "not applicable", id="nothing applies"),
    ],
)
def test_a_set_takes_its_worst(given: list[Verdict], expected: Verdict) -> None:
    assert verdicts.worst(given) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(load_run(), "pass", id="a clean sweep"),
        pytest.param(e2e_run(), "fail", id="a broken promise"),
        pytest.param(e2e_run(checks=[]), "unknown", id="no promise asked"),
    ],
)
def test_a_record_has_one_verdict(record: RunRecord, expected: Verdict) -> None:
    assert verdicts.verdict(record) == expected


def test_each_check_of_a_contract_run_is_a_judgement() -> None:
    check = Check(name="trial", verdict="pass", sentence="Six calls.", seconds=1.0)

    assert [(one.check, one.sentence) for one in verdicts.judge(e2e_run(checks=[check]))] == [
        ("trial", "Six calls.")
    ]


def test_what_does_not_apply_was_not_judged() -> None:
    absent = Check(name="fault", verdict="not applicable", sentence="No broker.", seconds=0.0)
    doubt = Check(name="trial", verdict="unknown", sentence="Void.", seconds=0.0)
    held = Check(name="story", verdict="pass", sentence="It held.", seconds=0.0)

    assert not verdicts.was_judged(e2e_run(checks=[absent]))
    assert not verdicts.was_judged(e2e_run(checks=[absent, doubt]))
    assert verdicts.was_judged(e2e_run(checks=[absent, doubt, held]))


def test_a_check_that_applied_nowhere_was_asked_nowhere() -> None:
    record = faults_run(trials=(trial(), trial("other", not_applicable="no such flag")))
    counted = {one.check: one for one in verdicts.check_summary(verdicts.judge(record))}

    assert (counted["lost"].verdict, counted["lost"].passed, counted["lost"].asked) == (
        "pass",
        1,
        1,
    )
    assert (counted["serves on"].verdict, counted["serves on"].asked) == ("not applicable", 0)


def test_a_gate_that_has_nothing_to_judge_by_is_not_applicable_and_no_doubt() -> None:
    brief = phase(rate_per_s=100.0, duration_s=2.0)
    record = _with_common(replace(brief, used={}))
    left_out = {
        one.check: one.sentence
        for one in verdicts.judge(record)
        if one.verdict == "not applicable" and "common" in one.subject
    }

    assert list(left_out) == ["no throttling", "backlog level", "machine its own"]
    assert all(left_out.values())
    assert verdicts.verdict(record) == "pass"
    assert verdicts.was_judged(record)


def test_exit_codes_are_those_of_every_command() -> None:
    assert verdicts.EXIT_CODES == {"pass": 0, "fail": 1, "unknown": 3, "not applicable": 3}


def _with_common(common: Phase) -> LoadRun:
    run = load_run(points=[(1, 1)])
    first = run.configurations[0]
    only = replace(first.repetitions[0], common=common)
    return replace(run, configurations=(replace(first, repetitions=(only,)),))


@pytest.mark.parametrize(
    ("closed_per_s", "expected"), [(1_000_000.0, "fail"), (1.0, "unknown")], ids=["below", "above"]
)
def test_failures_count_at_a_rate_below_what_was_carried(
    closed_per_s: float, expected: Verdict
) -> None:
    record = _with_common(phase(samples=10_000, failed=500))
    first = record.configurations[0]
    repetitions = tuple(
        replace(one, closed=replace(one.closed, throughput_per_s=closed_per_s))
        for one in first.repetitions
        if one.closed
    )
    record = replace(record, configurations=(replace(first, repetitions=repetitions),))
    said = [one.verdict for one in verdicts.judge(record) if one.check == "few failed"]

    assert said[-1] == expected


@pytest.mark.parametrize(
    ("said", "judged", "strict", "tolerant", "code"),
    [
        ("pass", True, False, False, 0),
        ("fail", True, False, False, 1),
        ("fail", True, False, True, 1),
        ("unknown", True, False, False, 3),
        ("unknown", True, True, False, 1),
        ("unknown", True, False, True, 0),
        ("unknown", False, False, True, 3),
        ("unknown", True, True, True, 1),
        ("not applicable", False, False, False, 3),
        ("not applicable", False, True, False, 1),
        ("not applicable", False, False, True, 3),
        ("not applicable", True, False, True, 3),
    ],
)
def test_what_a_command_leaves_with(
    said: Verdict, *, judged: bool, strict: bool, tolerant: bool, code: int
) -> None:
    assert verdicts.exit_code(said, judged=judged, strict=strict, tolerant=tolerant) == code


@pytest.mark.parametrize("said", ["pass", "unknown", "fail"])
def test_what_a_dead_load_process_left_open_fails_a_command_in_any_case(said: Verdict) -> None:
    assert verdicts.exit_code(said, judged=True, whole=False, tolerant=True) == 1


def test_one_dead_load_process_among_many_is_a_doubt_about_the_whole_and_is_named() -> None:
    dead = Unmeasured(subject="crud 1 x 1, repetition 3", sentence="It was ended by SIGKILL.")
    run = load_run(points=[(1, 1)], unmeasured=(dead,))

    [doubt] = [one for one in verdicts.judge(run) if one.verdict in {"fail", "unknown"}]

    assert (doubt.check, doubt.subject, doubt.sentence) == ("measured", dead.subject, dead.sentence)
    assert verdicts.was_judged(run)
    assert not verdicts.is_whole(run)
    assert headline(run).endswith("(measured). crud 1 x 1, repetition 3: It was ended by SIGKILL.")


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        pytest.param("unknown", ["The most within 50 ms is not known: it was late."], id="void"),
        pytest.param("fail", [], id="it was seen that there is none"),
    ],
)
def test_a_rate_that_was_asked_for_and_is_not_known_is_a_doubt(
    verdict: Verdict, expected: list[str]
) -> None:
    tried = replace(probe(100.0, 80.0), verdict=verdict)
    search = replace(rate_search((tried,)), most_per_s=None, reasons={"most_per_s": "it was late"})
    run = load_run(points=[(1, 1)], rate_searches=(search,))

    assert [
        one.sentence for one in verdicts.judge(run) if one.verdict in {"fail", "unknown"}
    ] == expected


def test_an_answer_is_in_doubt_where_a_load_process_died_on_the_way_to_it() -> None:
    run = load_run(points=[(1, 1)], capacity=(capacity("crud"),))
    dead = Unmeasured(subject="crud at 300 requests/s", sentence="It was ended by SIGKILL.")

    assert verdicts.answered(run) == "pass"
    assert verdicts.answered(replace(run, unmeasured=(dead,))) == "unknown"


def test_something_was_judged_where_one_phase_passed_or_failed_every_check() -> None:
    nothing = replace(phase(), loop_gap_ms_max=80.0)
    run = load_run(points=[(1, 1)])
    first = run.configurations[0]
    spoilt = tuple(
        replace(one, closed=None, open=nothing, common=nothing, reasons={"closed": "left out"})
        for one in first.repetitions
    )
    void = replace(run, configurations=(replace(first, repetitions=spoilt),))

    assert verdicts.was_judged(run)
    assert verdicts.was_judged(_with_common(nothing))
    assert not verdicts.was_judged(void)


def test_of_a_load_from_several_machines_workers_and_clocks_are_judged_in_every_phase() -> None:
    worker = LoadWorker(
        name="alpha",
        samples=1,
        lag_ms_p99=0.1,
        cpu=0.1,
        loop_gap_ms_max=0.1,
        pool_waits=0,
        clock_ahead_ms=0.0,
        clock_within_ms=0.1,
        clock_wandered_ms=7.0,
    )
    run = load_run(points=[(1, 1)])
    [one] = run.configurations[0].repetitions
    assert one.closed
    assert one.common
    sent = replace(
        one,
        closed=replace(one.closed, load_workers=(worker,)),
        common=replace(one.common, load_workers=(worker,)),
    )
    spread = replace(run, configurations=(replace(run.configurations[0], repetitions=(sent,)),))
    said = {
        (j.subject.rpartition(", ")[2], j.verdict)
        for j in verdicts.judge(spread)
        if "clocks" in j.check
    }

    assert {("closed", "unknown"), ("common", "unknown")} <= said
    assert not [j for j in verdicts.judge(run) if j.check in validity_gates.WORKER_GATES]
