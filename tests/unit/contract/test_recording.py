"""A test's id is told as a sentence on the page of its run, and a self-test fails no system."""

from typing import Any, cast

import pytest
from _pytest.reports import TestReport

from contract_tests.findings import Findings
from contract_tests.recording import Known, Recorder
from contract_tests.reported import check


def told(nodeid: str) -> str:
    report = TestReport(
        nodeid=nodeid,
        location=("", None, ""),
        keywords={},
        outcome="passed",
        longrepr=None,
        when="call",
    )
    recorder = Recorder.__new__(Recorder)  # without the session that it would publish
    recorder.checks = []
    recorder.pytest_runtest_logreport(report)
    [check] = recorder.checks
    return check.sentence


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


def failed(*marks: str) -> TestReport:
    return TestReport(
        nodeid="a/test_a.py::test_it_holds",
        location=("", None, ""),
        keywords=dict.fromkeys(marks, 1),
        outcome="failed",
        longrepr="E   AssertionError: Expected late alone; seen: nothing.",
        when="call",
    )


def test_a_self_test_that_fails_leaves_the_system_unknown_and_says_that_the_proof_is_in_doubt() -> (
    None
):
    ours, systems = check(failed("self_test")), check(failed())

    assert (ours.verdict, systems.verdict) == ("unknown", "fail")
    assert ours.sentence.startswith("The proof could not be trusted, which is no fault of the ")
    assert ours.sentence.endswith("Expected late alone; seen: nothing.")


class Item:
    """A test as the hook sees it, with the names of its marks."""

    nodeid = "a/test_a.py::test_it_holds"

    def __init__(self, *marks: str) -> None:
        self.keywords = marks


def broken() -> None:
    raise AssertionError("no")


def seen_by(findings: Findings, *marks: str) -> Any:  # noqa: ANN401 -- what pytest hands back
    call = pytest.CallInfo.from_call(broken, when="call")
    hook = Known(findings).pytest_runtest_makereport(cast("Any", Item(*marks)), call)
    next(hook)
    with pytest.raises(StopIteration) as ended:
        hook.send(failed(*marks))
    return ended.value.value


@pytest.mark.parametrize(
    ("marks", "count"), [((), 1), (("self_test",), 0)], ids=["of the system", "a self-test"]
)
def test_a_self_test_still_fails_and_is_no_failure_of_the_system(
    marks: tuple[str, ...], count: int
) -> None:
    findings = Findings()
    report = seen_by(findings, *marks)

    assert report.failed
    assert len(findings.failures) == count
