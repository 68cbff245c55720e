"""Each check's sentence, and how verdicts add up."""

import pytest
from msgspec.structs import replace

from reports import verdicts
from reports.measurements import Phase, Repetition
from reports.record import Check, LoadRun, RunRecord, Verdict
from tests.unit.reports.sample_runs import e2e_run, load_run, phase

Said = tuple[Verdict, str]


@pytest.mark.parametrize(
    ("achieved_per_s", "expected"),
    [
        pytest.param(99.0, ("pass", "99.0 of 100 requests/s offered were sent."), id="99 %"),
        pytest.param(
            98.9,
            (
                "unknown",
                (
                    "98.9 of 100 requests/s offered were sent: below 99 %, so the phase shows "
                    "another load than planned."
                ),
            ),
            id="below 99 %",
        ),
    ],
)
def test_a_rate_must_be_kept_to_99_percent(achieved_per_s: float, expected: Said) -> None:
    kept = phase(offered_per_s=100.0, achieved_per_s=achieved_per_s)

    assert verdicts.rate_was_kept(kept) == expected


@pytest.mark.parametrize(
    ("failed", "unknown", "expected"),
    [
        pytest.param(10, 10, ("pass", "1.0 % of 1,000 requests failed."), id="1 % each"),
        pytest.param(
            11, 0, ("fail", "1.1 % of 1,000 requests failed: more than 1 %."), id="too many failed"
        ),
        pytest.param(
            0,
            11,
            ("unknown", "1.1 % of 1,000 requests may or may not have happened."),
            id="too many unknown",
        ),
    ],
)
def test_at_most_1_percent_may_fail(failed: int, unknown: int, expected: Said) -> None:
    verdict, sentence = verdicts.few_failed(phase(samples=1_000, failed=failed, unknown=unknown))

    assert (verdict, sentence.replace("\N{NO-BREAK SPACE}", " ")) == expected


def test_failures_at_a_planned_rate_make_the_phase_void_and_do_not_judge_the_system() -> None:
    spoilt = phase(arrivals="poisson", samples=1_000, failed=11)
    same_in_closed_loop = phase(arrivals="closed", samples=1_000, failed=11)

    assert verdicts.OPEN_LOOP_CHECKS["few failed"](spoilt)[0] == "unknown"
    assert verdicts.CLOSED_LOOP_CHECKS["few failed"](same_in_closed_loop)[0] == "fail"


def test_a_phase_without_requests_shows_nothing() -> None:
    assert verdicts.few_failed(phase(samples=0)) == ("unknown", "No request was made.")


@pytest.mark.parametrize(
    ("p99_ms", "lag_ms", "expected"),
    [
        pytest.param(20.0, 5.0, "pass", id="5 ms are always within"),
        pytest.param(20.0, 5.1, "unknown", id="above 5 ms and a tenth"),
        pytest.param(200.0, 20.0, "pass", id="a tenth of a slow answer"),
        pytest.param(200.0, 20.1, "unknown", id="above a tenth of a slow answer"),
        pytest.param(None, 5.1, "unknown", id="no p99 to compare with"),
    ],
)
def test_a_late_generator_makes_a_phase_void(
    p99_ms: float | None, lag_ms: float, expected: Verdict
) -> None:
    measured = phase()
    response = replace(measured.latency_ms, p99=p99_ms, reasons={"p99": "few", "p99_9": "few"})

    verdict, sentence = verdicts.generator_was_on_time(
        replace(measured, latency_ms=response, lag_ms_p99=lag_ms)
    )

    assert verdict == expected
    assert sentence.startswith("Requests began up to ")
    assert ("the generator, not the system" in sentence) == (expected == "unknown")


@pytest.mark.parametrize("figure", ["offered_per_s", "lag_ms_p99"])
def test_an_open_phase_that_lacks_a_figure_is_unknown_for_its_reason(figure: str) -> None:
    record = _with_common(
        replace(phase(), **{figure: None, "reasons": {"users": "open", figure: "clock went back"}})
    )

    bad = [one for one in verdicts.judge(record) if one.verdict == "unknown"]

    assert [one.sentence.partition(": ")[2] for one in bad] == ["clock went back."]


def test_a_check_that_raises_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Phase) -> Said:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setitem(verdicts.OPEN_LOOP_CHECKS, "rate kept", broken)

    bad = [one for one in verdicts.judge(_with_common(phase())) if one.verdict != "pass"]

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

    assert [(one.verdict, one.sentence) for one in judged if one.verdict != "pass"] == [
        ("unknown", "There is no such phase: nothing was carried.")
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(["pass", "pass"], "pass", id="all pass"),
        pytest.param(["pass", "unknown"], "unknown", id="one unknown"),
        pytest.param(["unknown", "fail", "pass"], "fail", id="a failure outweighs the unknown"),
        pytest.param([], "unknown", id="nothing was shown"),
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


def test_exit_codes_are_those_of_every_command() -> None:
    assert verdicts.EXIT_CODES == {"pass": 0, "fail": 1, "unknown": 3}


def _with_common(common: Phase) -> LoadRun:
    run = load_run(points=[(1, 1)])
    first = run.configurations[0]
    only = replace(first.repetitions[0], common=common)
    return replace(run, configurations=(replace(first, repetitions=(only,)),))
