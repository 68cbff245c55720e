"""Takes what is secret out of what pytest reports: tracebacks, and output that was captured.

A traceback shows the arguments of each call, and a broker's URL among them.
"""

from collections.abc import Generator

import pytest

from testcontainers_fixtures.output.redaction import hidden, hidden_in


class RedactedReports:
    """A plugin of a session; it stands around every other that looks at a report."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Return a test's report without secrets; one that has none keeps its colours."""
        report = yield
        if isinstance(report.longrepr, tuple):
            # Of a test that was skipped: file, line and reason.
            report.longrepr = hidden_in(report.longrepr)
        elif hidden(report.longreprtext) != report.longreprtext:
            report.longrepr = hidden(report.longreprtext)
        report.sections = [(name, hidden(text)) for name, text in report.sections]
        report.user_properties = hidden_in(report.user_properties)
        if hasattr(report, "wasxfail"):
            report.wasxfail = hidden(report.wasxfail)
        return report
