"""Tells what pytest reported as a check of the record: its verdict, its sentence, its curl line."""

import re
from typing import Final

import pytest

from contract_tests.complaints import plain
from reports.failures import Failure
from reports.record import Check, Verdict

# An assertion's first line, or a check of schemathesis by its title.
COMPLAINT: Final = re.compile(r"^(?:E +|  \| - )(\S.*)")
VERDICTS: Final[dict[str, Verdict]] = {"passed": "pass", "failed": "fail", "skipped": "unknown"}


def check(report: pytest.TestReport) -> Check:
    """Return a test's report as a check; one that fails in a known way keeps what it promises."""
    lines = report.longreprtext.splitlines()
    complaints = (COMPLAINT.match(line) for line in lines)
    complaint = next((found[1] for found in complaints if found), "")
    curl = next((line[line.index("curl ") :] for line in lines if "curl -X" in line), None)
    known = hasattr(report, "wasxfail")
    return Check(
        name=report.nodeid,
        verdict="pass" if known else VERDICTS[report.outcome],
        sentence=report.wasxfail if known else plain(complaint) or sentence(report.nodeid),
        seconds=report.duration,
        curl=curl,
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
