"""A test's id is told as a sentence on the page of its run."""

import pytest
from _pytest.reports import TestReport

from contract_tests.recording import Recorder


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
