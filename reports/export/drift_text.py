"""Puts a comparison of documents into lines for a terminal, the gravest differences first."""

from collections.abc import Iterator, Sequence
from typing import Final

from reports.judgement.drift_verdicts import CUT, by_level, drift_headline, source_line
from reports.record.document_drift import MEANINGS, DriftPlace, DriftReport, ToldDrift
from reports.record.number_formats import count, visible

# Of the places that one difference reaches, so many are named.
MOST_PLACES: Final = 12


def drift_text(report: DriftReport) -> str:
    """Return a report as text."""
    lines = [drift_headline(report), *_differences(report), *_ignored(report), *_rest(report)]
    return "\n".join(map(visible, lines)) + "\n"


def effects_line(one: ToldDrift) -> str:
    """Return the effects of a difference in words."""
    return ", ".join(one.effects)


def _differences(report: DriftReport) -> Iterator[str]:
    for one in by_level(report.differences):
        yield ""
        yield f"{one.level}: {one.sentence}"
        yield from (f"    {line}" for line in _about(one))
    if report.differences:
        yield ""
        used = {effect for one in report.differences for effect in one.effects}
        yield from (f"{name}: {said}." for name, said in MEANINGS.items() if name in used)


def _about(one: ToldDrift) -> Iterator[str]:
    if len(one.places) == 1:
        yield effects_line(one)
    else:
        yield from places(one.places)
    at = [line for side in (one.gateway_at, one.service_at) if (line := source_line(side))]
    if at:
        yield f"see {', '.join(at)}"


def places(reached: Sequence[DriftPlace]) -> Iterator[str]:
    """Yield a line for each place that a difference reaches, and what it does there."""
    for one in reached[:MOST_PLACES]:
        yield f"{one.operation}, {one.where} ({one.direction}): {', '.join(one.effects)}"
    if (left := len(reached) - MOST_PLACES) > 0:
        yield f"and {count(left)} places more"


def _ignored(report: DriftReport) -> Iterator[str]:
    for one in report.ignored:
        if one.ignored:
            until = f" until {one.ignored.until}" if one.ignored.until else ""
            yield ""
            yield f"ignored{until}, {one.ignored.because}: {one.sentence}"


def _rest(report: DriftReport) -> Iterator[str]:
    for left in report.not_compared:
        yield ""
        yield f"not compared, {left.because}: {left.what}"
    for sentence in (
        *report.rules,
        *report.unread,
        *report.notes,
        *([CUT] if report.is_cut else []),
    ):
        yield ""
        yield sentence
