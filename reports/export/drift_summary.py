"""Sums a comparison of documents up in Markdown, for a pull request or the page of a job."""

from collections.abc import Iterator, Sequence

from reports.export.markdown import items, plain, table, titled
from reports.judgement.drift_verdicts import by_level, drift_headline, source_line
from reports.record.document_drift import DriftReport, ToldDrift

_HEAD = ("level", "what it does", "difference", "reaches", "stands at")


def drift_markdown(report: DriftReport) -> str:
    """Return a report as Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: DriftReport) -> Iterator[str]:
    services = ", ".join(report.services.values())
    yield from (f"## {plain(drift_headline(report))}", "")
    yield plain(f"{report.gateway} as the gateway's document, {services} as its services'.")
    known = [_row(one) for one in by_level(report.differences)]
    most = max(1, len(known))
    yield from titled(f"Differences ({len(known)})", table(_HEAD, known, most))
    ignored = [one.sentence + _because(one) for one in report.ignored]
    yield from titled(f"Ignored ({len(ignored)})", items(ignored, max(1, len(ignored))))
    yield from titled("Rules of no use any more", items(report.rules, max(1, len(report.rules))))
    yield from titled("Not read", items(report.unread, max(1, len(report.unread))))
    left = [f"{one.what} ({one.because})" for one in report.not_compared]
    yield from titled(f"Not compared ({len(left)})", items(left, max(1, len(left))))
    yield from titled("Paths", items(report.notes, max(1, len(report.notes))))


def _row(one: ToldDrift) -> tuple[str, ...]:
    at = (source_line(side) for side in (one.gateway_at, one.service_at))
    return (
        one.level,
        ", ".join(one.effects),
        one.sentence,
        _reaches(one),
        ", ".join(filter(None, at)),
    )


def _reaches(one: ToldDrift) -> str:
    return "; ".join(_operations(one))


def _operations(one: ToldDrift) -> Sequence[str]:
    return list(dict.fromkeys(f"{each.operation} ({each.direction})" for each in one.places))


def _because(one: ToldDrift) -> str:
    if one.ignored is None:
        return ""
    until = f", until {one.ignored.until}" if one.ignored.until else ""
    return f" ({one.ignored.because}{until})"
