"""Keeps a pytest session as a run: record, page, JUnit XML and logs in one folder of the site.

Asked for by `--record`. A test is a check of the record: its verdict, its sentence, its curl line.
Tests tell how many generated requests they sent with `record_property("cases", n)`.
"""

import json
import re
import shlex
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract_tests.coverage import COVERAGE, Coverage, notes
from contract_tests.sources import SCHEMA_OPTION
from reports.conditions import local_conditions
from reports.publication import SITE, new_run_folder, publish
from reports.record import Check, E2eRun, Verdict
from testcontainers_fixtures.options import refuse_bad_input, session_spec
from testcontainers_fixtures.plugin import CONDITIONS, READY_S

JUNIT = "junit.xml"
# What was never exercised, in full.
NEVER = "never-exercised.json"
# An assertion's first line, or a check of schemathesis by its title.
COMPLAINT = re.compile(r"^(?:E +|  \| - )(\S.*)")
SEED = 1
VERDICTS: dict[str, Verdict] = {"passed": "pass", "failed": "fail", "skipped": "unknown"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer to keep the run."""
    group = parser.getgroup("stack")
    group.addoption("--record", action="store_true", help="keep this run under --site")
    group.addoption("--site", default=str(SITE), metavar="FOLDER", help="where runs are kept")
    group.addoption(
        SCHEMA_OPTION,
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="a service's OpenAPI document; else it is asked for its own; may be repeated",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder before anything writes into it."""
    if not config.getoption("--record"):
        return
    refuse_bad_input(config)  # before a folder is made for a run that will not be
    folder = new_run_folder("e2e", Path(config.getoption("--site")))
    config.option.run_folder = str(folder)
    config.option.xmlpath = str(folder / JUNIT)
    config.pluginmanager.register(Recorder(config, folder), "run-recorder")


class Recorder:
    """Listens to a session and publishes it at its end."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self.config = config
        self.folder = folder
        self.started_at = datetime.now(UTC)
        self.begun_s = time.monotonic()
        self.checks: list[Check] = []
        self.cases = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test's verdict; one that never ran shows in its set-up."""
        if report.when == "teardown":
            self.cases += sum(int(str(n)) for name, n in report.user_properties if name == "cases")
        if report.when != "call" and report.outcome == "passed":
            return
        self.checks.append(_check(report))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Publish the run and say where its page is."""
        if not self.checks:
            return
        self._write_coverage()
        page = publish(self._record(), self.folder)
        terminalreporter.write_line(f"{self.cases} generated requests. Page: {page}")

    def _write_coverage(self) -> None:
        never = {n: one.never() for n, one in self._accounts().items()}
        if never:
            (self.folder / NEVER).write_text(json.dumps(never, indent=1) + "\n", encoding="utf-8")

    def _record(self) -> E2eRun:
        return E2eRun(
            started_at=self.started_at,
            duration_s=time.monotonic() - self.begun_s,
            command=shlex.join(["python", "-m", "pytest", *self.config.invocation_params.args]),
            seed=SEED,
            stack=session_spec(self.config).name,
            conditions=local_conditions(self._conditions()),
            ready_s=self.config.stash.get(READY_S, {}),
            checks=tuple(self.checks),
            cases=self.cases,
            junit=JUNIT,
            notes=notes(self._accounts()),
        )

    def _accounts(self) -> dict[str, Coverage]:
        return self.config.stash.get(COVERAGE, {})

    def _conditions(self) -> dict[str, str]:
        # A stack that never came up has said nothing of where it ran.
        unknown = {"engine": "none", "network_mode": "none"}
        return unknown | self.config.stash.get(CONDITIONS, {})


def _check(report: pytest.TestReport) -> Check:
    lines = report.longreprtext.splitlines()
    complaints = (COMPLAINT.match(line) for line in lines)
    complaint = next((found[1] for found in complaints if found), "")
    curl = next((line[line.index("curl ") :] for line in lines if "curl -X" in line), None)
    return Check(
        name=report.nodeid,
        verdict=VERDICTS[report.outcome],
        sentence=complaint or _sentence(report.nodeid),
        seconds=report.duration,
        curl=curl,
    )


def _sentence(nodeid: str) -> str:
    """Return a test's name as a sentence, with its row of a table and its operation in brackets."""
    name, _, rows = nodeid.partition("[")
    words = name.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    told = rows.removesuffix("]").replace("][", ", ")
    return f"{words[:1].upper()}{words[1:]}{f' ({told})' if told else ''}."
