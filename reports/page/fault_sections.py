"""Lays out a fault run for its page: a matrix an engine, what is not green, every timeline."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from reports.drawing import fault_charts
from reports.drawing.pictures import Picture, PictureTable
from reports.judgement.fault_verdicts import (
    GROUPS,
    INVARIANTS,
    InvariantCell,
    cells,
    cold,
    subject_of,
)
from reports.record import number_formats
from reports.record.fault_trials import FaultTrial
from reports.record.record import FaultsRun, Verdict

_ORDER: Final[list[Verdict]] = ["fail", "unknown", "not applicable", "pass"]


class FaultRow(Struct, frozen=True, kw_only=True):
    """A row of a matrix: a fault, what it is, its cells."""

    fault: str
    sentence: str
    anchor: str
    cells: Sequence[InvariantCell]


class Matrix(Struct, frozen=True, kw_only=True):
    """The faults of one engine against the invariants, and what was found of each invariant."""

    engine: str
    where: str
    lines: Sequence[FaultRow]
    writes: int


class UnsettledCell(Struct, frozen=True, kw_only=True):
    """A cell that is not green, or several for one reason."""

    verdict: Verdict
    subject: str
    invariants: Sequence[str]
    sentence: str


class TrialTimeline(Struct, frozen=True, kw_only=True):
    """A trial's picture with the place that the matrix links to."""

    anchor: str
    picture: Picture


def contents(record: FaultsRun) -> dict[str, Any]:
    """Return what the page's template needs beyond what every page has."""
    engines = list(dict.fromkeys(trial.engine for trial in record.trials))
    classes = fault_charts.colours(record.trials)
    return {
        "invariants": INVARIANTS,
        "groups": GROUPS,
        "matrices": [_matrix(record, engine) for engine in engines],
        "not_green": not_green(record),
        "cold": [(starts.engine, *cold(starts)) for starts in record.cold_starts],
        "timelines": [
            TrialTimeline(anchor=_anchor(one), picture=_picture(one, classes))
            for one in record.trials
            if one.tried and one.course
        ],
        "legend": _legend(classes),
    }


def not_green(record: FaultsRun) -> list[UnsettledCell]:
    """Return the cells that are not green, the red ones first; those of one reason are one."""
    return sorted(
        (one for trial in record.trials for one in _doubts(trial)),
        key=lambda one: _ORDER.index(one.verdict),
    )


def _matrix(record: FaultsRun, engine: str) -> Matrix:
    trials = [one for one in record.trials if one.engine == engine]
    lines = [
        FaultRow(
            fault=one.fault,
            sentence=one.sentence,
            anchor=_anchor(one) if one.tried and one.course else "",
            cells=cells(one),
        )
        for one in trials
    ]
    writes = sum(one.writes for one in trials)
    return Matrix(engine=engine, where=_where(record, engine), lines=lines, writes=writes)


def _where(record: FaultsRun, engine: str) -> str:
    """Return what ran there, or that nothing did."""
    said = record.engines.get(engine)
    if said is None:
        return "Nothing was started there."
    broker = f"RabbitMQ {said.rabbitmq}" if said.rabbitmq else "RabbitMQ of an unknown version"
    return f"{broker}, Python {said.python}, network: {said.network_mode}."


def _doubts(trial: FaultTrial) -> Iterator[UnsettledCell]:
    """Yield what is not green; cells for one reason stand together."""
    reasons: dict[tuple[Verdict, str], list[str]] = {}
    for cell in cells(trial):
        if cell.verdict != "pass":
            reasons.setdefault((cell.verdict, cell.sentence), []).append(cell.invariant)
    for (verdict, sentence), invariants in reasons.items():
        every = len(invariants) == len(INVARIANTS)
        yield UnsettledCell(
            verdict=verdict,
            subject=subject_of(trial),
            invariants=["every invariant"] if every else invariants,
            sentence=sentence,
        )


def _picture(trial: FaultTrial, classes: dict[str, str]) -> Picture:
    return Picture(
        title=subject_of(trial),
        caption=_caption(trial),
        svg=fault_charts.timeline(trial, classes),
        table=_table(trial),
    )


def _caption(trial: FaultTrial) -> str:
    recovered = (
        "never recovered while it was watched"
        if trial.recovery_s is None
        else f"recovered {number_formats.span(trial.recovery_s)} after it was mended"
    )
    seen = f" Seen of it: {number_formats.visible(trial.evidence)}." if trial.evidence else ""
    again = (
        f" Made once more. {number_formats.visible(' '.join(trial.spoilt))}" if trial.spoilt else ""
    )
    counts = (trial.writes, trial.acknowledged, trial.refused, trial.unknown)
    writes, acknowledged, refused, unknown = map(number_formats.count, counts)
    return (
        f"{trial.sentence}{seen} {writes} writes: {acknowledged} acknowledged, {refused} refused,"
        f" {unknown} unknown ({trial.committed} of them there); {recovered}."
        f" {trial.configuration}.{again}"
    )


def _table(trial: FaultTrial) -> PictureTable:
    reasons = sorted({reason for one in trial.course for reason in one.errors})
    rows = [
        [
            f"{one.start_s:.1f}",
            number_formats.count(one.ok),
            *(number_formats.count(one.errors.get(reason, 0)) for reason in reasons),
        ]
        for one in trial.course
    ]
    return PictureTable(
        head=["second", "succeeded", *(number_formats.visible(r) for r in reasons)], rows=rows
    )


def _legend(classes: dict[str, str]) -> list[tuple[str, str]]:
    named = [(class_, reason) for reason, class_ in classes.items() if class_ != "f0"]
    rest = [("f0", fault_charts.OTHERS)] if "f0" in classes.values() else []
    return [("fine", "succeeded"), *named, *rest]


def _anchor(trial: FaultTrial) -> str:
    return f"{trial.engine}-{trial.fault}"
