"""Runs the suite's own tests on a stack that is up, and returns the first thing that they find.

What proves the suite is the suite: the tests, fixtures and checks of `contract_tests`, run by
pytest in this process, one method after the other until a test fails.
"""

import time
from collections.abc import Generator, Mapping
from contextlib import redirect_stdout
from functools import partial
from typing import Final

import pytest

from contract_tests.mutants.defect import Method
from contract_tests.mutants.search_result import MutantFinding, Search
from contract_tests.recording.session_findings import FINDINGS, SEED_OPTION, Findings
from contract_tests.recording.suite_session import run_suite
from reports.judgement.reproductions import curl
from reports.record.failures import Failure
from reports.record.failures import Method as CheckMethod
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.project.reference_system import STACK_FILE
from testcontainers_fixtures.session_options import HELD
from testcontainers_fixtures.stack import Stack

LOG: Final = "suite.log"
_PROMISES: Final = "test_promises.py::test_"
# In the order in which a mutant is tried, cheapest first. A test is known by how its id begins, a
# row of a table by how it ends.
METHODS: Final[Mapping[Method, tuple[tuple[str, str], ...]]] = {
    "paper": (("test_drift.py", ""),),
    "crowd": (
        (f"{_PROMISES}each_of_many_callers", ""),
        (f"{_PROMISES}a_deadline_that_nobody_can_keep", ""),
    ),
    "stories": ((f"{_PROMISES}a_row_is_what_was_sent", ""), ("test_admission.py", "")),
    "forwarding": (
        (f"{_PROMISES}nothing_is_tidied_up", ""),
        (f"{_PROMISES}a_form_arrives", ""),
        (f"{_PROMISES}an_answer_that_is_packed", ""),
    ),
    "seeded": (("test_operations.py", "-seeded]"), ("test_stateful.py", "-seeded]")),
    "empty": (("test_operations.py", "-empty]"), ("test_stateful.py", "-empty]")),
}
# These break parts and send broken messages: they are about what happens then, and take minutes.
LEFT_OUT: Final = ("test_faults.py", "test_wire.py")


class NotJudgedError(Exception):
    """The suite did not run as it should, so nothing is known of what it looked at."""


def by(*methods: Method, kind: CheckMethod | None = None) -> Search:
    """Return the search by some of the suite's methods; of one kind of failure where it is named.

    It raises StackError where the stack broke, and NotJudgedError where the suite did.
    """
    return partial(_searched, methods, kind)


def _searched(
    methods: tuple[Method, ...], kind: CheckMethod | None, stack: Stack, seed: int, until_s: float
) -> MutantFinding | None:
    session = SuitePlugin(stack, methods, until_s)
    # Plain assertions: what is imported here already cannot be rewritten.
    options = ["-x", "--assert=plain"]
    options += [f"--engine={stack.engine}", f"{SEED_OPTION}={seed}"]
    with (stack.run_folder / LOG).open("a", encoding="utf-8") as log, redirect_stdout(log):
        code = run_suite([f"--stack-file={STACK_FILE}", *options], [session])
    return session.finding(code, kind)


def method_of(test: str) -> Method | None:
    """Return the method that a test belongs to, by its id; None for what is left out."""
    name = test.rpartition("/")[2]
    for method, tests in METHODS.items():
        if any(name.startswith(begins) and name.endswith(ends) for begins, ends in tests):
            return method
    return None


class SuitePlugin:
    """A plugin of one pytest session: it holds a stack, and some methods' tests to their time."""

    def __init__(self, stack: Stack, methods: tuple[Method, ...], until_s: float) -> None:
        self._stack = stack
        self._methods = methods
        self._until_s = until_s
        self._findings = Findings()
        self._broken: BaseException | None = None

    def __repr__(self) -> str:
        """Show what it asks."""
        return f"<SuitePlugin of {', '.join(self._methods)}>"

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Have the suite look at the stack that is held; what it finds need not be found twice."""
        config.stash[HELD] = self._stack
        self._findings = config.stash[FINDINGS]
        self._findings.leave_no_time()

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Choose the tests of the methods, in their order."""
        chosen = [one for one in items if method_of(one.nodeid) in self._methods]
        order = list(METHODS)
        known = [(order.index(m), one) for one in chosen if (m := method_of(one.nodeid))]
        kept = [one for _, one in sorted(known, key=lambda pair: pair[0])]
        config.hook.pytest_deselected(items=[one for one in items if one not in kept])
        items[:] = kept

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Give a test the time that is left, and none where none is."""
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            item.session.shouldstop = "the time is over"
        item.add_marker(pytest.mark.timeout(max(left_s, 1.0)), append=False)
        return (yield)

    def pytest_exception_interact(self, call: pytest.CallInfo[None]) -> None:
        """Note that the stack broke, which is no finding of a test's."""
        if call.excinfo is not None and isinstance(call.excinfo.value, StackError):
            self._broken = call.excinfo.value

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note what ended the session before its end."""
        if not isinstance(excinfo.value, pytest.Session.Interrupted):
            self._broken = excinfo.value

    def finding(self, code: int, kind: CheckMethod | None) -> MutantFinding | None:
        """Return what was found first; raise what broke the session, which ended with a code."""
        if isinstance(self._broken, pytest.exit.Exception):
            # So the suite ends where a document cannot be read.
            return MutantFinding(method=self._methods[0], sentence=str(self._broken)[:500])
        if self._broken is not None:
            raise self._broken
        proposed = {int(ExitCode.UNKNOWN)} if self._findings.proposals else set()
        if code not in {
            *(pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED),
            *self._stopped(),
            *proposed,
        }:
            raise NotJudgedError(
                f"The suite ended with {code}; see {self._stack.run_folder / LOG}."
            )
        told = (one for one in self._findings.failures.values() if kind in {None, one.method})
        return next((_finding(one) for one in told if not self._was_stopped(one)), None)

    def _stopped(self) -> set[int]:
        return {pytest.ExitCode.INTERRUPTED} if self._is_over() else set()

    def _is_over(self) -> bool:
        return time.monotonic() >= self._until_s

    def _was_stopped(self, one: Failure) -> bool:
        """Tell whether a test failed for want of time."""
        return one.method == "whole" and self._is_over()


def _finding(one: Failure) -> MutantFinding:
    method = "received" if one.method == "received" else method_of(one.test)
    shown = curl(one.request) if one.request else ""
    return MutantFinding(method=method or "paper", sentence=one.sentence, curl=shown)


def by_all(stack: Stack, seed: int, until_s: float) -> MutantFinding | None:
    """Search by every method of the suite."""
    return by(*METHODS)(stack, seed, until_s)
