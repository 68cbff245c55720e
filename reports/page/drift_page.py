"""Lays out the page of two documents that were held against each other, with nothing running."""

from typing import Any, Final

from msgspec import Struct

from reports.judgement.drift_verdicts import (
    CUT,
    by_level,
    counted,
    drift_headline,
    drift_verdict,
    failing,
    source_line,
)
from reports.page.page import rendered
from reports.record.document_drift import (
    LEVEL_OF,
    MEANINGS,
    DriftReport,
    Effect,
    Level,
    ToldDrift,
)

MOST_PLACES: Final = 30
# How a level is coloured: as the verdict that it stands for.
_COLOURS: Final[dict[Level, str]] = {
    "error": "fail",
    "warning": "unknown",
    "note": "not-applicable",
}


class ShownDrift(Struct, frozen=True, kw_only=True):
    """A difference as its article shows it: where it stands, and what it does at each place.

    Of very many places `more` are left out.
    """

    number: int
    told: ToldDrift
    colour: str
    sources: tuple[str, ...]
    places: tuple[tuple[str, str, str, str], ...]
    more: int


class EffectRow(Struct, frozen=True, kw_only=True):
    """How many differences have an effect, its level and what it means."""

    effect: Effect
    level: Level
    colour: str
    times: int
    meaning: str


def drift_page(report: DriftReport) -> str:
    """Return a report as a page of HTML that needs nothing from outside."""
    return rendered("drift.html.j2", contents(report))


def contents(report: DriftReport) -> dict[str, Any]:
    """Return what the page shows."""
    told = by_level(report.differences)
    return {
        "report": report,
        "headline": drift_headline(report),
        "verdict": drift_verdict(report),
        "failing": len(failing(report)),
        "effects": [_effect(name, times) for name, times in counted(report).items()],
        "shown": [_shown(number, one) for number, one in enumerate(told, 1)],
        "ignored": report.ignored,
        "cut": CUT,
    }


def _effect(name: Effect, times: int) -> EffectRow:
    level = LEVEL_OF[name]
    return EffectRow(
        effect=name, level=level, colour=_COLOURS[level], times=times, meaning=MEANINGS[name]
    )


def _shown(number: int, one: ToldDrift) -> ShownDrift:
    sides = (source_line(side) for side in (one.gateway_at, one.service_at))
    return ShownDrift(
        number=number,
        told=one,
        colour=_COLOURS[one.level],
        sources=tuple(filter(None, sides)),
        places=tuple(
            (each.operation, each.where, each.direction, ", ".join(each.effects))
            for each in one.places[:MOST_PLACES]
        ),
        more=max(0, len(one.places) - MOST_PLACES),
    )
