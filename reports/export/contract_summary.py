"""Sums a contract run up in Markdown: its failures, new ones first, and what is in doubt."""

from collections.abc import Iterator, Sequence

from reports.export.markdown import table, titled
from reports.record.failures import METHODS, Failure
from reports.record.record import Check, E2eRun

HEAD = ("operation", "found by", "guilty", "again", "what")


def lines(record: E2eRun) -> Iterator[str]:
    """Yield what stands below the verdict."""
    new = [one for one in record.failures if not one.known]
    known = [one for one in record.failures if one.known]
    yield from _failures("New failures" if record.baseline else "Failures", new)
    yield from _failures("Known failures", known)
    # A run of mutants tells of failures in its checks alone.
    failed = [] if record.failures else [one for one in record.checks if one.verdict == "fail"]
    yield from _checks("Not kept", failed)
    yield from _checks("Unknown", [one for one in record.checks if one.verdict == "unknown"])


def _failures(title: str, failures: Sequence[Failure]) -> Iterator[str]:
    rows = [
        (
            one.operation or "-",
            METHODS[one.method],
            " or ".join(one.hops) or "not known",
            one.repeated,
            one.sentence,
        )
        for one in failures
    ]
    yield from titled(f"{title} ({len(rows)})", table(HEAD, rows))


def _checks(title: str, checks: Sequence[Check]) -> Iterator[str]:
    rows = [(one.name, one.sentence) for one in checks]
    yield from titled(f"{title} ({len(rows)})", table(("promise", "why"), rows))
