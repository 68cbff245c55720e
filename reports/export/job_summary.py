"""Sums a contract run up in Markdown, for the page that a CI service shows of a job."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from reports.judgement import inapplicable
from reports.judgement.findings import headline
from reports.record.failures import METHODS, Failure
from reports.record.number_formats import count, span, visible
from reports.record.record import E2eRun

MOST_FAILURES: Final = 30
MOST_REASONS: Final = 20
_MOST_CHARACTERS: Final = 300
# It says what would make it apply, which takes more than what failed.
_MOST_OF_A_REASON: Final = 700
# What Markdown or the HTML in it would take for more than a letter.
_SPECIAL: Final = "\\`*_{}[]()<>#+!|&~@:"


def summary(record: E2eRun) -> str:
    """Return the run's verdict, its failures, new ones first, and what did not apply."""
    return "\n".join(_lines(record)) + "\n"


def _lines(record: E2eRun) -> Iterator[str]:
    yield f"## {_plain(headline(record))}"
    yield ""
    conditions = record.conditions
    broker = f"RabbitMQ {conditions.rabbitmq}" if conditions.rabbitmq else "broker not known"
    yield _plain(
        f"Stack {record.stack}, engine {conditions.engine}, {broker}, seed {record.seed}, "
        f"{count(record.cases)} generated requests in {span(record.duration_s)}."
    )
    new = [one for one in record.failures if not one.known]
    known = [one for one in record.failures if one.known]
    yield from _table("New failures" if record.baseline else "Failures", new)
    yield from _table("Known failures", known)
    yield from _left_out(inapplicable.reasons(record))


def _left_out(reasons: Counter[str]) -> Iterator[str]:
    """Yield how much did not apply, and why: each reason once, the most frequent first."""
    if not reasons:
        return
    yield from ("", f"### Not applicable ({reasons.total()})", "")
    for why, number in reasons.most_common(MOST_REASONS):
        yield f"- {number} x: {_plain(why, _MOST_OF_A_REASON)}"
    if len(reasons) > MOST_REASONS:
        yield f"- And {len(reasons) - MOST_REASONS} more reasons, in run.json."


def _table(title: str, failures: list[Failure]) -> Iterator[str]:
    if not failures:
        return
    yield from ("", f"### {title} ({len(failures)})", "")
    yield "| operation | found by | guilty | again | what |"
    yield "|---|---|---|---|---|"
    for one in failures[:MOST_FAILURES]:
        hops = " or ".join(one.hops) or "not known"
        cells = (one.operation or "-", METHODS[one.method], hops, one.repeated, one.sentence)
        yield f"| {' | '.join(map(_plain, cells))} |"
    if len(failures) > MOST_FAILURES:
        yield ""
        yield f"And {len(failures) - MOST_FAILURES} more, in run.json."


def _plain(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Return foreign text that Markdown shows as it is, in one line."""
    line = " ".join(visible(text, most).split())
    return "".join(f"&#{ord(one)};" if one in _SPECIAL else one for one in line)
