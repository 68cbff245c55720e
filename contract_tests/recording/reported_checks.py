"""Tells what pytest reported as a check of the record: its verdict, its sentence, its request.

A test marked `self_test` tries the tests themselves, on a system with a planted defect. Where it
fails, the system is as good as before and what was said of it is in doubt: unknown, not failed. Nor
has one failed that is marked `unjudged` as it runs, since it came to no judgement.
"""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from contract_tests.recording.failures import plain
from contract_tests.recording.session_findings import Findings
from reports.record.failures import Failure, RecordedRequest
from reports.record.record import Check, Verdict

# An assertion's first line, or a check of schemathesis by its title.
COMPLAINT: Final = re.compile(r"^(?:E +|  \| - )(\S.*)")
VERDICTS: Final[dict[str, Verdict]] = {"passed": "pass", "failed": "fail"}
SELF_TEST: Final = "self_test"
DOUBTS: Final = {
    SELF_TEST: "The proof could not be trusted, which is no fault of the system",
    "unjudged": "What came of it could not be judged",
}


def check(report: pytest.TestReport, request: RecordedRequest | None = None) -> Check:
    """Return a test's report as a check; one that fails in a known way keeps what it promises.

    `request` is the one that shows a failure: nothing in the report's own text is taken for one.
    """
    lines = report.longreprtext.splitlines()
    complaints = (COMPLAINT.match(line) for line in lines)
    complaint = next((found[1] for found in complaints if found), "")
    verdict, said = _judged(report, plain(complaint) or sentence(report.nodeid))
    return Check(
        name=report.nodeid,
        verdict=verdict,
        sentence=said,
        reason=reason(report) if verdict == "not applicable" else "",
        seconds=report.duration,
        request=request,
    )


def _judged(report: pytest.TestReport, said: str) -> tuple[Verdict, str]:
    if hasattr(report, "wasxfail"):
        return "pass", report.wasxfail
    if report.skipped:
        return "not applicable", sentence(report.nodeid)
    doubt = next((why for mark, why in DOUBTS.items() if mark in report.keywords), "")
    if report.failed and doubt:
        return "unknown", f"{doubt}: {said}"
    return VERDICTS[report.outcome], said


def reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped, which is why its promise does not apply."""
    told = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longreprtext
    return plain(told.removeprefix("Skipped: "))


def left_out(findings: Findings) -> Iterator[Check]:
    """Yield what the stack file leaves out as checks that do not apply, each with its reason."""
    for one in findings.agreement.left_out:
        whose = f" of {one.service}" if one.service else ""
        yield _left_out(f"{one.operation}{whose} is tried.", one.because)
    yield from (_left_out(said, why) for said, why in findings.apart)
    for left in findings.left_out.checks:
        where = f" of {left.where}" if left.where else ""
        whose = " of what gateway and service do alike" if left.alike else ""
        yield _left_out(f"{left.check} is asked{where}{whose}.", left.because)


def _left_out(said: str, because: str) -> Check:
    return Check(
        name=said, verdict="not applicable", sentence=said, reason=plain(because), seconds=0.0
    )


def whole(item: pytest.Item, call: pytest.CallInfo[None]) -> Failure | None:
    """Return the failure of a test that tells of none itself; None where it did not fail."""
    if call.excinfo is None or call.excinfo.errisinstance(pytest.skip.Exception):
        return None
    said = next(iter(call.excinfo.exconly().splitlines()), "")
    return Failure(
        operation="",
        check=item.nodeid,
        kind=call.excinfo.typename,
        method="whole",
        sentence=plain(f"{sentence(item.nodeid)} {said}"),
        test=item.nodeid,
        repetition="it is a test of its own: run it again by its name",
    )


def sentence(nodeid: str) -> str:
    """Return a test's name as a sentence, with its row of a table and its operation in brackets."""
    name, _, rows = nodeid.partition("[")
    words = name.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    told = rows.removesuffix("]").replace("][", ", ")
    return f"{words[:1].upper()}{words[1:]}{f' ({told})' if told else ''}."
