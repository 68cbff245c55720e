"""Turns a comparison of documents into annotations, which GitHub shows beside the very lines."""

from collections.abc import Iterator
from typing import Final

from reports.export.annotations import MOST, Annotation, Kind, commands
from reports.export.drift_text import effects_line
from reports.judgement.drift_verdicts import by_level, drift_headline
from reports.record.document_drift import DriftReport, DriftSource, Level, ToldDrift
from reports.record.number_formats import visible

_KIND_OF: Final[dict[Level, Kind]] = {"error": "error", "warning": "warning", "note": "notice"}


def drift_commands(report: DriftReport, where: str = "in the whole report") -> Iterator[str]:
    """Yield the lines by which GitHub's runner annotates, and the headline."""
    yield from commands(drift_annotations(report), MOST, where)
    yield visible(drift_headline(report))


def drift_annotations(report: DriftReport) -> list[Annotation]:
    """Return what a comparison is to be annotated with, the gravest first.

    Each stands where the gateway says it, or else where the service does; a URL has no lines.
    """
    found = [_annotation(one) for one in by_level(report.differences)]
    found += [Annotation(kind="warning", title="Rule", sentence=one) for one in report.rules]
    return found + [
        Annotation(kind="warning", title="Not read", sentence=one) for one in report.unread
    ]


def _annotation(one: ToldDrift) -> Annotation:
    at = one.gateway_at if _is_file(one.gateway_at) else one.service_at
    shown = _is_file(at)
    return Annotation(
        kind=_KIND_OF[one.level],
        title=f"{effects_line(one)}: {one.title}",
        sentence=one.sentence,
        file=at.document if shown else "",
        line=at.line if shown else None,
    )


def _is_file(at: DriftSource) -> bool:
    return bool(at.pointer) and at.line is not None
