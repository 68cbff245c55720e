"""Tells the rules of parity that are proposed, each once: unknown until somebody has decided.

Where a service agrees with no copy of itself nobody can say whether its gateway does; the line for
the stack file that would settle it is told with what was seen.
"""

import json
from collections.abc import Iterator
from typing import Final

import pytest

from contract_tests.hops.rule_proposals import Proposal
from contract_tests.recording.failures import plain
from contract_tests.recording.session_findings import Findings
from reports.record.number_formats import visible
from reports.record.record import Check
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.stack_file.parity_spec import ParityRule

_MOST_ROUTES: Final = 4
TITLE: Final = "rules that are proposed"


def proposed(findings: Findings) -> list[Check]:
    """Return what is proposed as checks whose verdict is unknown."""
    return [
        Check(
            name=f"parity of {one.service} at {_shown(one.rule)} ({one.rule.rule})",
            verdict="unknown",
            sentence=plain(sentence(one)),
            seconds=0.0,
        )
        for one in findings.proposals
    ]


def sentence(one: Proposal) -> str:
    """Return what was seen, and what to do about it."""
    routes = one.rule.routes
    left = len(routes) - _MOST_ROUTES
    where = ", ".join(routes[:_MOST_ROUTES]) + (f" and {left} more" if left > 0 else "")
    place = _shown(one.rule)
    if one.varying:
        what = f"{place} differs in every answer of {one.service} itself"
    else:
        what = f"gateway and {one.service} agree on {place}, and its twin has another"
    return (
        f"{where}: {what} (first seen: the gateway answers {one.shown.gateway}, the twin "
        f"{one.shown.twin}): {one.rule.rule}? Put this into [contract] of the stack file, or mend "
        f"it: parity = [{line(one.rule)}]"
    )


def line(rule: ParityRule) -> str:
    """Return a rule as the stack file has it."""
    said = {
        "where": rule.where if isinstance(rule.where, str) else list(rule.where),
        "pointer": rule.pointer,
        "header": rule.header,
        "status": rule.status or None,
        "rule": rule.rule,
        "because": rule.because,
    }
    # JSON's strings, booleans and lists are TOML's as well.
    pairs = (f"{key} = {json.dumps(one)}" for key, one in said.items() if one is not None)
    return f"{{ {', '.join(pairs)} }}"


class ProposedRules:
    """Ends a session with 3 where a rule is proposed and nothing fails, and tells each rule."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<ProposedRules {len(self._findings.proposals)}>"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let nothing pass that nobody has decided."""
        if self._findings.proposals and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = ExitCode.UNKNOWN

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell what was seen, and the lines for the stack file together."""
        known = self._findings.proposals
        if not known:
            return
        terminalreporter.write_sep("-", TITLE)
        for text in _told(known):
            terminalreporter.write_line(visible(text))


def _told(known: list[Proposal]) -> Iterator[str]:
    for one in known:
        yield f"Unknown: {plain(sentence(one))}"
    if len(known) > 1:
        yield "All of them, for [contract] of the stack file:"
        yield "parity = ["
        yield from (f"    {line(one.rule)}," for one in known)
        yield "]"


def _shown(rule: ParityRule) -> str:
    if rule.pointer is not None:
        return f"`{rule.pointer}`" if rule.pointer else "the whole body"
    return f"header {rule.header}" if rule.header else "the status"
