"""A pytest plugin: nothing that a system answered steers the terminal that a report is shown on.

A failure may quote an answer, a log or a document from anywhere, so each report is made plain as a
whole: before others note it, and once more before it is shown, since others may change it between.
"""

import pytest
from _pytest._code.code import ExceptionChainRepr, ReprExceptionInfo, ReprTraceback

from testcontainers_fixtures.output.terminal_text import plain_text


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Make a report plain before it is noted anywhere."""
    _make_plain(report)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Make every report plain that the summary is about to show."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    for reports in reporter.stats.values() if reporter else ():
        for report in reports:
            if isinstance(report, pytest.TestReport | pytest.CollectReport):
                _make_plain(report)


def _make_plain(report: pytest.TestReport | pytest.CollectReport) -> None:
    said = report.longrepr
    if isinstance(said, str):
        report.longrepr = plain_text(said)
    elif isinstance(said, tuple):
        report.longrepr = (said[0], said[1], plain_text(said[2]))
    elif isinstance(said, ExceptionChainRepr):
        for trace, crash, _ in said.chain:
            _trace(trace)
            _crash(crash)
    elif isinstance(said, ReprExceptionInfo):
        _trace(said.reprtraceback)
    if isinstance(said, ExceptionChainRepr | ReprExceptionInfo):
        _crash(said.reprcrash)
    report.sections = [(name, plain_text(text)) for name, text in report.sections]


def _trace(trace: ReprTraceback) -> None:
    for entry in trace.reprentries:
        entry.lines = [plain_text(line) for line in entry.lines]


def _crash(crash: object) -> None:
    if crash is not None and hasattr(crash, "message"):
        crash.message = plain_text(crash.message)
