"""A test's id is told as a sentence on the page of its run, and a self-test fails no system."""

from types import SimpleNamespace
from typing import Any, Literal, cast

import pytest
from _pytest.reports import TestReport

from contract_tests.recording.reported_checks import check
from contract_tests.recording.session_findings import Findings
from contract_tests.recording.session_findings import told as told_of
from contract_tests.recording.session_record import KnownFailures, Recorder
from reports.record.failures import Failure
from reports.record.record import Check, Verdict


def report(nodeid: str, outcome: Literal["passed", "failed"] = "passed") -> TestReport:
    return TestReport(
        nodeid=nodeid,
        location=("", None, ""),
        keywords={},
        outcome=outcome,
        longrepr=None,
        when="call",
    )


def noted(*reports: TestReport) -> list[Check]:
    recorder = Recorder.__new__(Recorder)  # without the session that it would publish
    recorder.checks = []
    recorder.findings = Findings()
    for one in reports:
        recorder.pytest_runtest_logreport(one)
    return recorder.checks


def told(nodeid: str) -> str:
    [check] = noted(report(nodeid))
    return check.sentence


@pytest.mark.parametrize("outcome", ["passed", "failed"])
def test_a_test_is_no_promise_kept_beside_an_operation_of_its_own_that_is_not(
    outcome: Literal["passed", "failed"],
) -> None:
    whole = "a/test_a.py::test_it_holds[shop-seeded]"
    found = noted(
        report(f"{whole}[GET /a]"),
        report(f"{whole}[GET /b]", outcome),
        report(whole),
        report("a/test_a.py::test_it_holds[shop-empty]"),
    )

    assert [one.verdict for one in found] == (
        ["pass"] * 4 if outcome == "passed" else ["pass", "fail", "pass"]
    )


@pytest.mark.parametrize(
    ("nodeid", "sentence"),
    [
        ("a/test_a.py::test_it_holds", "It holds."),
        ("a/test_a.py::test_it_holds[srv_x-empty]", "It holds (srv_x-empty)."),
        (
            "a/test_a.py::test_it_holds[srv_x-empty][GET /x/{x_id}]",
            "It holds (srv_x-empty, GET /x/{x_id}).",
        ),
        ("a/test_a.py::TestA::test_it_holds[a::b]", "It holds (a::b)."),
    ],
    ids=["alone", "a row", "a row and an operation", "a row with a colon"],
)
def test_rows_and_operations_stand_in_brackets(nodeid: str, sentence: str) -> None:
    assert told(nodeid) == sentence


def skipped(when: Literal["setup", "call"] = "call") -> TestReport:
    return TestReport(
        nodeid="a/test_a.py::test_it_holds",
        location=("", None, ""),
        keywords={},
        outcome="skipped",
        longrepr=("a/test_a.py", 3, "Skipped: This system has no broker."),
        when=when,
    )


def test_a_test_that_was_skipped_is_a_promise_that_does_not_apply_and_says_why() -> None:
    one = check(skipped())

    assert one.verdict == "not applicable"
    assert (one.sentence, one.reason) == ("It holds.", "This system has no broker.")


@pytest.mark.parametrize(
    ("record", "last"),
    [
        ("site/run/run.json", "and 14 more, all in the record: site/run/run.json"),
        ("", "and 14 more, which --record would keep"),
    ],
    ids=["kept", "not kept"],
)
def test_failures_that_are_not_told_are_counted_and_said_to_be_in_the_record(
    record: str, last: str
) -> None:
    failures = [
        Failure(operation="", check=f"c{n}", kind="", method="whole", sentence=f"{n}.", test="t")
        for n in range(24)
    ]

    lines = told_of(failures, record).splitlines()

    assert lines == [*(f"{n}." for n in range(10)), last]
    assert told_of(failures[:10], record).count("more") == 0


def failed(*marks: str) -> TestReport:
    return TestReport(
        nodeid="a/test_a.py::test_it_holds",
        location=("", None, ""),
        keywords=dict.fromkeys(marks, 1),
        outcome="failed",
        longrepr="E   AssertionError: Expected late alone; seen: nothing.",
        when="call",
    )


@pytest.mark.parametrize(
    ("mark", "begins"),
    [
        ("self_test", "The proof could not be trusted, which is no fault of the system: "),
        ("unjudged", "What came of it could not be judged: "),
    ],
)
def test_a_failure_that_says_nothing_of_the_system_is_unknown_and_tells_why(
    mark: str, begins: str
) -> None:
    told = check(failed(mark))

    assert told.verdict == "unknown"
    assert told.sentence == f"{begins}AssertionError: Expected late alone; seen: nothing."


def test_any_other_failure_is_the_systems() -> None:
    assert check(failed()).verdict == "fail"


def left_with(ended: int, checks: list[Check], by: BaseException | None = None) -> int:
    recorder = Recorder.__new__(Recorder)  # without the session that it would publish
    recorder.checks, recorder.ended = checks, by
    session = SimpleNamespace(exitstatus=ended)
    recorder.pytest_sessionfinish(cast("pytest.Session", session))
    return int(session.exitstatus)


@pytest.mark.parametrize(
    ("ended", "marks", "code"),
    [(1, ["self_test"], 3), (1, ["self_test", ""], 1), (2, ["self_test"], 2), (0, [], 0)],
    ids=["only in doubt", "and one failed", "ended by itself", "nothing was run"],
)
def test_a_run_that_is_only_in_doubt_ends_as_one_of_which_nothing_can_be_said(
    ended: int, marks: list[str], code: int
) -> None:
    assert left_with(ended, [check(failed(mark)) for mark in marks]) == code


def test_ctrl_c_is_told_from_a_session_that_ended_itself() -> None:
    assert left_with(2, [], KeyboardInterrupt()) == 130
    assert left_with(2, [], pytest.exit.Exception("no document", 2)) == 2


@pytest.mark.parametrize(
    ("ended", "verdicts", "code"),
    [
        (0, ["not applicable"], 3),
        (0, ["not applicable", "pass"], 0),
        (1, ["not applicable", "unknown"], 3),
        (1, ["not applicable", "fail"], 1),
        (1, ["not applicable"], 1),
        (2, ["not applicable"], 2),
    ],
    ids=[
        *("nothing applied", "one held", "one in doubt", "one failed"),
        *("no stack came up", "interrupted"),
    ],
)
def test_a_run_in_which_nothing_applied_does_not_end_as_one_in_which_all_is_well(
    ended: int, verdicts: list[Verdict], code: int
) -> None:
    checks = [Check(name=one, verdict=one, sentence="Told.", seconds=0.0) for one in verdicts]

    assert left_with(ended, checks) == code


class Item:
    """A test as the hook sees it, with the names of its marks."""

    nodeid = "a/test_a.py::test_it_holds"

    def __init__(self, *marks: str) -> None:
        self.keywords = marks


def broken() -> None:
    raise AssertionError("no")


def seen_by(findings: Findings, *marks: str) -> Any:  # noqa: ANN401 -- what pytest hands back
    call = pytest.CallInfo.from_call(broken, when="call")
    hook = KnownFailures(findings).pytest_runtest_makereport(cast("Any", Item(*marks)), call)
    next(hook)
    with pytest.raises(StopIteration) as ended:
        hook.send(failed(*marks))
    return ended.value.value


@pytest.mark.parametrize(
    ("marks", "count"),
    [((), 1), (("self_test",), 0), (("unjudged",), 0)],
    ids=["of the system", "a self-test", "not judged"],
)
def test_what_says_nothing_of_the_system_still_fails_and_is_no_failure_of_it(
    marks: tuple[str, ...], count: int
) -> None:
    findings = Findings()
    report = seen_by(findings, *marks)

    assert report.failed
    assert len(findings.failures) == count


def test_a_method_that_a_service_cannot_be_put_to_does_not_apply_and_another_was_not_asked() -> (
    None
):
    findings = Findings()
    findings.documents = {"shelf": {"paths": {"/things": {"get": {}}}}}
    findings.missing = {("shelf", "parity"): "shelf has no twin"}
    findings.asked["shelf", "GET /things", "received"] = 3
    cells = {one.method: (one.asked, one.applies, one.reason) for one in findings.cells()}

    assert cells["parity"] == (0, False, "shelf has no twin")
    assert cells["received"] == (3, True, "")
    assert cells["schema"] == (0, True, "no request of it was generated")
