"""Puts into JUnit's XML what no test of the session is: what is left out, and what is proposed.

What the stack file leaves out is a skipped case with its reason; a rule that is proposed is one
that failed, since JUnit has no word for what nobody knows yet.
"""

from typing import Final, Literal

import pytest
from _pytest.junitxml import xml_key

from contract_tests.recording.proposed_rules import proposed
from contract_tests.recording.reported_checks import left_out
from contract_tests.recording.session_findings import Findings
from reports.record.record import Check

_CLASS: Final = "stack file"
When = Literal["call", "teardown"]


class JunitCases:
    """Adds to the XML just before it is written."""

    def __init__(self, config: pytest.Config, findings: Findings) -> None:
        self._config = config
        self._findings = findings

    def __repr__(self) -> str:
        """Show whose they are."""
        return f"<JunitCases of {self._findings}>"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Add a case for each."""
        xml = self._config.stash.get(xml_key, None)
        if xml is None:
            return
        for one in (*proposed(self._findings), *left_out(self._findings)):
            # A case ends with its teardown.
            for report in (_report(one, "call"), _report(one, "teardown")):
                xml.pytest_runtest_logreport(report)


def _report(one: Check, when: When) -> pytest.TestReport:
    skipped = one.verdict == "not applicable"
    told = (_CLASS, 0, f"Skipped: {one.reason}") if skipped else one.sentence
    ended = when == "teardown"
    return pytest.TestReport(
        nodeid=f"{_CLASS}::{one.name}",
        location=(_CLASS, None, one.name),
        keywords={},
        outcome="passed" if ended else "skipped" if skipped else "failed",
        longrepr=None if ended else told,
        when=when,
    )
