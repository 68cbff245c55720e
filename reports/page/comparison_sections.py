"""Says in words what a comparison came to, and lays it out for a page."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from reports.drawing.forest_plots import change, forests
from reports.drawing.pictures import Picture
from reports.judgement import reference_run
from reports.judgement.comparison import Change, Comparison, Effect, compare
from reports.judgement.verdicts import (
    answered,
    exit_code,
    is_whole,
    verdict,
    was_judged,
    worst,
)
from reports.record import number_formats
from reports.record.capacity import MeasuredVerdict
from reports.record.record import LoadRun, RunRecord, Verdict
from testcontainers_fixtures.output.exit_codes import ExitCode

BASELINE: Final = "baseline.json"
ORDER: Final[tuple[Change, ...]] = ("worse", "better", "same", "inconclusive", "unknown")
MOST_NAMED: Final = 6
OPENINGS: Final[dict[MeasuredVerdict, str]] = {
    "fail": "Worse",
    "pass": "No regression",
    "unknown": "Cannot be told",
}


class ComparedRun(Struct, frozen=True, kw_only=True):
    """One of the two runs, as the page names it."""

    name: str
    started_at: datetime
    commit: str
    command: str


class ComparisonSection(Struct, frozen=True, kw_only=True):
    """A comparison as a page shows it."""

    before: ComparedRun
    after: ComparedRun
    verdict: MeasuredVerdict
    judged: bool  # whether it could be told of any figure what became of it
    headline: str
    sentences: Sequence[str]
    pictures: Sequence[Picture]


def comparison_section(
    before: tuple[str, LoadRun], after: tuple[str, LoadRun]
) -> ComparisonSection:
    """Compare two named runs and lay the result out."""
    found = compare(before[1], after[1])
    return ComparisonSection(
        before=_side(*before),
        after=_side(*after),
        verdict=found.verdict,
        judged=any(one.change in {"better", "same", "worse"} for one in found.effects),
        headline=headline(found),
        sentences=list(sentences(found)),
        pictures=list(forests(found.effects)),
    )


def with_baseline(folder: Path, record: RunRecord) -> ComparisonSection | None:
    """Return how a run compares with the baseline kept beside it; None where none was asked for.

    Raises RecordError where the baseline cannot be read any more.
    """
    file = folder / BASELINE
    if not isinstance(record, LoadRun) or not file.exists():
        return None
    _, before = reference_run.found(str(file), folder)
    return comparison_section(("the baseline", before), ("this run", record))


def whole_verdict(record: RunRecord, shown: ComparisonSection | None) -> Verdict:
    """Return what a run comes to, on its page and as exit code.

    That is the answer where a question was asked, whatever else was found on the way to it; else
    what is said of it by itself and against its baseline, whichever is worse.
    """
    return answered(record) or worst([verdict(record), *([shown.verdict] if shown else [])])


def whole_exit_code(
    record: RunRecord,
    shown: ComparisonSection | None = None,
    *,
    strict: bool = False,
    tolerant: bool = False,
) -> ExitCode:
    """Return what a command leaves with that made a run, or looked at one."""
    return exit_code(
        whole_verdict(record, shown),
        judged=was_judged(record),
        whole=is_whole(record),
        strict=strict,
        tolerant=tolerant,
    )


def headline(found: Comparison) -> str:
    """Return a comparison in one sentence."""
    counts = [f"{len(some)} {name}" for name in ORDER if (some := found.of(name))]
    judged = ", ".join(counts) or "no configuration is in both runs"
    return f"{OPENINGS[found.verdict]}: {judged}."


def sentences(found: Comparison) -> list[str]:
    """Return what a reader must know beside the plot: the changes, and why some have none."""
    said = [f"Different: {one.sentence}." for one in found.differences]
    said += [f"{one}." for one in found.unmatched]
    for name in ("worse", "better"):
        said += _named(found.of(name))
    if not found.differences:
        for reason in dict.fromkeys(one.reason for one in found.of("unknown")):
            which = [one.subject for one in found.of("unknown") if one.reason == reason]
            said.append(f"Unknown for {', '.join(which[:MOST_NAMED])}: {reason}")
    return said


def _named(effects: Sequence[Effect]) -> list[str]:
    return [
        f"{one.subject}: {change(one.ratio)}, {one.change}; it may be anything from "
        f"{change(one.low)} to {change(one.high)}."
        for one in effects[:MOST_NAMED]
    ]


def _side(name: str, run: LoadRun) -> ComparedRun:
    return ComparedRun(
        name=number_formats.visible(name, 80),
        started_at=run.started_at,
        commit=run.conditions.commit or "not told",
        command=run.command,
    )
