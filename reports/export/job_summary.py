"""Sums a contract run up in Markdown, for the page that a CI service shows of a job."""

from collections.abc import Iterator
from typing import Final

from reports.judgement.findings import headline
from reports.record.failures import METHODS, Failure
from reports.record.number_formats import count, span, visible
from reports.record.record import E2eRun

MOST_FAILURES: Final = 30
_MOST_CHARACTERS: Final = 300
# What Markdown or the HTML in it would take for more than a letter.
_SPECIAL: Final = "\\`*_{}[]()<>#+!|&~@:"


def summary(record: E2eRun) -> str:
    """Return the run's verdict and its failures, new ones first."""
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


def _plain(text: str) -> str:
    """Return foreign text that Markdown shows as it is, in one line."""
    line = " ".join(visible(text, _MOST_CHARACTERS).split())
    return "".join(f"&#{ord(one)};" if one in _SPECIAL else one for one in line)
