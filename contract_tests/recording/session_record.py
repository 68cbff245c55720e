"""Keeps a pytest session as a run: record, page, JUnit XML, HAR and logs in a folder of the site.

Asked for by `--record`. A test is a check of the record: its verdict, its sentence, its request.
Tests tell how many generated requests they sent with `record_property("cases", n)`. With
`--baseline` what an earlier record knows fails nothing.
"""

import json
import sys
import time
from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from contract_tests.drift import references
from contract_tests.drift.coverage import COVERAGE, Coverage, exercised, notes
from contract_tests.drift.document_sources import GATEWAY_HEADER, SCHEMA_OPTION, SERVICE_HEADER
from contract_tests.recording.junit_cases import JunitCases
from contract_tests.recording.proposed_rules import ProposedRules, proposed
from contract_tests.recording.reported_checks import DOUBTS, check, left_out, whole
from contract_tests.recording.session_findings import (
    FAIL_ON_OPTION,
    FINDINGS,
    SEED_OPTION,
    Findings,
)
from reports.export.ci import tell_ci, tell_ci_of_ending
from reports.export.har import har
from reports.judgement import inapplicable, reproductions
from reports.judgement.findings import headline
from reports.publication import SITE, new_run_folder, publish
from reports.record import baseline
from reports.record.conditions import local_conditions
from reports.record.failures import Identity
from reports.record.record import RECORD_NAME, Check, E2eRun, RecordError
from testcontainers_fixtures.folders.writable_folders import writing_to
from testcontainers_fixtures.http_client.typed_headers import SECRET
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.output.redaction import command_line, hidden, hidden_in
from testcontainers_fixtures.project.typed_command import NAME, is_installed, typed_command
from testcontainers_fixtures.session.plugin_options import EXPLAIN_OPTION
from testcontainers_fixtures.session.session_stack import CONDITIONS, READY_S
from testcontainers_fixtures.session_options import (
    ended_by_bad_input,
    refuse_bad_input,
    session_spec,
    settings,
)
from testcontainers_fixtures.stack_file.drift_spec import FailOn

JUNIT = "junit.xml"
# What was never exercised, in full.
NEVER = "never-exercised.json"
HAR = "requests.har"
BASELINE_OPTION = "--baseline"
INTERRUPTED = "Interrupted; what was started is stopped, nothing is published."
USUAL_SEED = 1
# Commands of ours that make a pytest session of their own options.
COMMANDS = ("contract_tests",)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer to keep the run."""
    group = parser.getgroup("stack")
    group.addoption("--record", action="store_true", help="keep this run under --site")
    group.addoption("--site", metavar="FOLDER", help=f"where runs are kept; else {SITE}")
    group.addoption(
        SCHEMA_OPTION,
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="a service's OpenAPI document, or the gateway's: a file or a URL; else each is asked "
        "for its own; may be repeated",
    )
    for option, whose in ((SERVICE_HEADER, "the services'"), (GATEWAY_HEADER, "the gateway's")):
        group.addoption(
            option,
            metavar="'NAME: VALUE'",
            action="append",
            default=[],
            help=f"sent to where {whose} OpenAPI documents are; {SECRET}; may be repeated",
        )
    group.addoption(
        references.OPTION,
        action="store_true",
        help="fetch what a document refers to below its own address or folder",
    )
    group.addoption(
        EXPLAIN_OPTION,
        action="store_true",
        help="say what applies to the system, by its stack file, and start nothing",
    )
    group.addoption(
        BASELINE_OPTION,
        metavar="FILE",
        help="an earlier run's record or folder: only failures that are not in it fail",
    )
    group.addoption(
        FAIL_ON_OPTION,
        choices=get_args(FailOn),
        metavar="LEVEL",
        help="from which level, or effect, on drift on paper fails; else as the stack file says",
    )
    group.addoption(
        SEED_OPTION,
        metavar="N",
        type=int,
        default=USUAL_SEED,
        help="other requests are generated from another seed",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read what is known, and make the run's folder before anything writes into it."""
    for mark, why in DOUBTS.items():
        config.addinivalue_line("markers", f"{mark}: unknown where it fails. {why}.")
    config.stash[FINDINGS] = Findings(_known(config))
    config.pluginmanager.register(KnownFailures(config.stash[FINDINGS]), "known-failures")
    config.pluginmanager.register(ProposedRules(config.stash[FINDINGS]), "proposed-rules")
    if not config.getoption("--record"):
        return
    refuse_bad_input(config)  # before a folder is made for a run that will not be
    with ended_by_bad_input(RecordError):
        folder = new_run_folder("e2e", _site(config))
    config.option.gatewaybench_run_folder = str(folder)
    config.stash[FINDINGS].record = str(folder / RECORD_NAME)
    config.option.xmlpath = str(folder / JUNIT)
    config.pluginmanager.register(Room(folder), "run-room")
    config.pluginmanager.register(JunitCases(config, config.stash[FINDINGS]), "junit-cases")
    config.pluginmanager.register(Recorder(config, folder), "run-recorder")


def _site(config: pytest.Config) -> Path:
    # What a folder is made in must hold for every worker, wherever it may be.
    named = config.getoption("--site") or settings(config).site or SITE
    return config.invocation_params.dir / named


def _known(config: pytest.Config) -> frozenset[Identity]:
    file = config.getoption(BASELINE_OPTION)
    with ended_by_bad_input(RecordError):
        return baseline.known(Path(file)) if file else frozenset()


class KnownFailures:
    """Accounts for tests that tell of no failure themselves; one that is known fails nothing."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note a failure of the system, and let pass what an earlier record knows."""
        report = yield
        accounted = item.nodeid in self._findings.accounted
        if not report.failed or accounted or any(mark in item.keywords for mark in DOUBTS):
            return report
        failure = whole(item, call)
        if failure is not None and not self._findings.note(failure):
            report.outcome = "skipped"
            report.wasxfail = f"Known: {failure.sentence}"
        return report


class Room:
    """Ends a session with a sentence where what is kept of it cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, None, None]:
        """Stand around all that is written at its end: JUnit's XML, record, page."""
        with ended_by_bad_input(RecordError), writing_to(self._folder):
            yield


class Recorder:
    """Listens to a session and publishes it at its end."""

    # By Ctrl-C, or by whatever ended it at once.
    _interrupted = _cut_short = False

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self.config = config
        self.folder = folder
        self.started_at = datetime.now(UTC)
        self.begun_s = time.monotonic()
        self.findings = config.stash[FINDINGS]
        self.checks: list[Check] = []
        self.cases = 0
        # Ctrl-C, or pytest.exit with its reason.
        self.ended: BaseException | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test's verdict; one that never ran shows in its set-up."""
        if report.when == "teardown":
            self.cases += sum(int(str(n)) for name, n in report.user_properties if name == "cases")
        if report.outcome == "passed" and (report.when != "call" or self._broken_in(report.nodeid)):
            return
        found = self.findings.of_test(report.nodeid) if report.failed else ()
        request = next((one.request for one in found if one.request), None)
        self.checks.append(check(report, request))

    def _broken_in(self, nodeid: str) -> bool:
        """Tell whether a test whose operations are told one by one has one that is not kept."""
        parts = (one for one in self.checks if one.name.startswith(f"{nodeid}["))
        return any(one.verdict in {"fail", "unknown"} for one in parts)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note that the session ends before its end: what it knows by then is no run."""
        if not excinfo.errisinstance(pytest.Session.Interrupted):
            self.ended = excinfo.value

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Exit with 3 where nothing was judged, or no test failed but some whose failure is doubt.

        So does a session in which no promise applied: nothing was asked. One without a stack
        leaves with 1 as well, and no test has failed in it at all.
        """
        said = {one.verdict for one in self.checks}
        only_in_doubt = "unknown" in said and "fail" not in said
        if session.exitstatus == pytest.ExitCode.TESTS_FAILED and only_in_doubt:
            session.exitstatus = ExitCode.UNKNOWN
        if session.exitstatus == pytest.ExitCode.OK and said == {"not applicable"}:
            session.exitstatus = ExitCode.UNKNOWN
        if isinstance(self.ended, KeyboardInterrupt):
            session.exitstatus = ExitCode.INTERRUPTED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Publish the run and say where its page is."""
        if self.ended:
            self._tell_ending(terminalreporter)
        if self.ended or not self.checks:
            return
        self._write_coverage()
        self._write_requests()
        record = hidden_in(self._record())
        page = publish(record, self.folder)
        known = sum(one.known for one in record.failures)
        told = f" {known} known failures were seen." if known else ""
        for line in inapplicable.told(record):
            terminalreporter.write_line(line)
        terminalreporter.write_line(f"{headline(record)}{told} Page: {page}")
        tell_ci(record, terminalreporter.write_line)

    def _tell_ending(self, terminal: pytest.TerminalReporter) -> None:
        if isinstance(self.ended, KeyboardInterrupt):
            terminal.write_line(INTERRUPTED)
        else:
            tell_ci_of_ending("contract run", hidden(str(self.ended)), terminal.write_line)

    def _write_coverage(self) -> None:
        never = {n: one.never() for n, one in self._accounts().items()}
        if never:
            (self.folder / NEVER).write_text(json.dumps(never, indent=1) + "\n", encoding="utf-8")

    def _write_requests(self) -> None:
        entries = self.findings.entries()
        if entries:
            text = har(entries, self.findings.gateway)
            (self.folder / HAR).write_text(
                hidden(text), encoding="utf-8", errors="backslashreplace"
            )

    def _record(self) -> E2eRun:
        # Before anything is made of them: a test that is kept, say.
        failures = hidden_in(tuple(self.findings.failures.values()))
        return E2eRun(
            started_at=self.started_at,
            duration_s=time.monotonic() - self.begun_s,
            command=command_line(typed(sys.orig_argv, self.config.invocation_params.args)),
            seed=self.config.getoption(SEED_OPTION),
            stack=session_spec(self.config).name,
            conditions=local_conditions(self._conditions()),
            ready_s=self.config.stash.get(READY_S, {}),
            checks=(*self.checks, *proposed(self.findings), *left_out(self.findings)),
            cases=self.cases,
            junit=JUNIT,
            har=HAR if self.findings.journal.sent else None,
            requests=self.findings.journal.digest,
            baseline=self.config.getoption(BASELINE_OPTION) or "",
            failures=reproductions.written(failures, self.folder),
            cells=self.findings.cells(),
            exercised=exercised(self._accounts()),
            notes=(*notes(self._accounts()), *self.findings.notes),
        )

    def _accounts(self) -> dict[str, Coverage]:
        return self.config.stash.get(COVERAGE, {})

    def _conditions(self) -> dict[str, str]:
        # A stack that never came up has said nothing of where it ran.
        unknown = {"engine": "none", "network_mode": "none"}
        return unknown | self.config.stash.get(CONDITIONS, {})


def typed(process: Sequence[str], session: Sequence[object]) -> list[str]:
    """Return the command that was typed: that of this process, as a module of ours, else pytest's.

    A session may be one that a command of ours has made of its own options.
    """
    if is_installed(process[1]):
        return typed_command("", process[1:])
    for at, word in enumerate(process[:-1]):
        if word == "-m" and process[at + 1] == NAME:
            return [NAME, *process[at + 2 :]]
        if word == "-m" and process[at + 1].partition(".")[0] in COMMANDS:
            return ["python", *process[at:]]
    return ["python", "-m", "pytest", *map(str, session)]
