"""Renders pages that need nothing from outside: one per run, and the list of runs.

What came from a response is hostile: templates escape everything, and a content security policy
in the page forbids requests, and every script but the page's own, whatever gets through.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from reports.judgement import inapplicable
from reports.judgement.findings import headline, most_carried
from reports.judgement.reproductions import curl
from reports.judgement.verdicts import check_summary, judge
from reports.page import (
    capacity_sections,
    fault_sections,
    mutant_sections,
    objective_sections,
    search_sections,
    sizing_script,
    transport_sections,
    zoom_script,
)
from reports.page.comparison_sections import ComparisonSection, whole_verdict
from reports.page.contract_sections import contract
from reports.page.history import TITLES, History
from reports.page.load_sections import sections
from reports.record import number_formats
from reports.record.command_lines import pasteable
from reports.record.record import E2eRun, FaultsRun, LoadRun, RunRecord, Verdict

TEMPLATES = Path(__file__).parent / "templates"
# A string of a style sheet, or white space around what parts its words.
SPACE_OF_CSS = re.compile(r'("[^"]*")|\s*([{};,])\s*|(?<=:) ')
TOP_ERRORS = 20
TOP_DOUBTS = 8
MARKS: dict[Verdict, str] = {
    "pass": "\N{CHECK MARK}",
    "fail": "\N{BALLOT X}",
    "unknown": "?",
    "not applicable": "\N{EN DASH}",
}


class RunEntry(Struct, frozen=True, kw_only=True):
    """A run in the list of runs."""

    folder: str
    kind: str
    started_at: datetime
    duration_s: float
    stack: str
    engine: str
    rabbitmq: str
    verdict: Verdict
    headline: str
    most_carried: str


class Unreadable(Struct, frozen=True, kw_only=True):
    """A run whose record cannot be read, with the sentence that says why."""

    folder: str
    sentence: str


def entry(folder: str, record: RunRecord, contrast: ComparisonSection | None = None) -> RunEntry:
    """Return a record's line in the list of runs; `contrast` is that with its baseline."""
    return RunEntry(
        folder=folder,
        kind=record.kind,
        started_at=record.started_at,
        duration_s=record.duration_s,
        stack=record.stack,
        engine=record.conditions.engine,
        rabbitmq=record.conditions.rabbitmq or "unknown",
        verdict=whole_verdict(record, contrast),
        headline=_headline(record, contrast),
        most_carried=most_carried(record) if isinstance(record, LoadRun) else "",
    )


def run_page(
    record: RunRecord, logs: Sequence[str] = (), contrast: ComparisonSection | None = None
) -> str:
    """Return a run's page as HTML; `logs` are the names of the histogram logs beside it.

    `contrast` is how a load run compares with its baseline.
    """
    judgements, verdict = judge(record), whole_verdict(record, contrast)
    shared = {
        "run": record,
        "headline": _headline(record, contrast),
        "verdict": verdict,
        "left_out": inapplicable.told(record) if verdict == "not applicable" else [],
        "judgements": judgements,
        "doubts": [one for one in judgements if one.verdict in {"fail", "unknown"}],
        "sentences": [],
        "logs": logs,
        "contrast": contrast,
    }
    return rendered(_template(record), shared | _contents(record))


def index_page(
    entries: Sequence[RunEntry],
    unreadable: Sequence[Unreadable] = (),
    histories: Sequence[History] = (),
    comparisons: Sequence[tuple[str, ComparisonSection]] = (),
) -> str:
    """Return the list of runs as HTML, newest first; comparisons come with their folders' names."""
    newest_first = sorted(entries, key=lambda one: one.started_at, reverse=True)
    values = {
        "entries": newest_first,
        "unreadable": unreadable,
        "histories": histories,
        "comparisons": sorted(comparisons, key=lambda one: one[1].after.started_at, reverse=True),
        "titles": TITLES,
    }
    return rendered("index.html.j2", values)


def comparison_page(shown: ComparisonSection) -> str:
    """Return the page of two runs held against each other."""
    return rendered("comparison.html.j2", {"shown": shown})


def _headline(record: RunRecord, contrast: ComparisonSection | None) -> str:
    """Return what is said of a run, first what its verdict comes from."""
    alone = headline(record)
    if contrast is None:
        return alone
    against = f"Against the baseline: {contrast.headline}"
    if contrast.verdict == whole_verdict(record, contrast):
        return f"{against} By itself: {alone}"
    return f"{alone} {against}"


def _template(record: RunRecord) -> str:
    return f"{record.kind}.html.j2"


def _contents(record: RunRecord) -> dict[str, Any]:
    if isinstance(record, LoadRun):
        laid_out = sections(record)
        points = record.configurations
        zooms = any(one.chart for section in laid_out for one in section.details)
        return {
            "sections": laid_out,
            "check_summary": check_summary(judge(record)),
            "sentences": [one.sentence for one in laid_out],
            "sizes_vary": any(" " in one.label for one in points),
            "repetitions": max(len(one.repetitions) for one in points),
            "side_by_side": _side_by_side(record),
            "objectives_kept": objective_sections.lines(record),
            "capacities": capacity_sections.needed(record),
            "rates": list(search_sections.answers(record)),
            "knees": search_sections.knees(record),
        } | _scripts(zooms=zooms, asks=any(one.outlooks for one in record.capacity))
    if isinstance(record, FaultsRun):
        return fault_sections.contents(record)
    return _promises(record)


def _side_by_side(record: LoadRun) -> dict[str, Any]:
    shown = transport_sections.lines(record)
    return {
        "lines": shown,
        "names": [title for title, _, _ in transport_sections.FIGURES],
        "promises": transport_sections.promises(shown),
        "pictures": list(transport_sections.pictures(shown)),
        "told": transport_sections.told,
    }


def _scripts(*, zooms: bool, asks: bool) -> dict[str, Any]:
    """Return the scripts that a page has need of."""
    return ({"zoom": _zoom()} if zooms else {}) | (
        {"asking": sizing_script.contents()} if asks else {}
    )


def _zoom() -> dict[str, str]:
    return {
        "script": zoom_script.script(),
        "style": zoom_script.style(),
        "permission": zoom_script.permission(),
    }


def _promises(record: E2eRun) -> dict[str, Any]:
    order: list[Verdict] = ["fail", "unknown", "pass", "not applicable"]
    checks = sorted(record.checks, key=lambda check: order.index(check.verdict))
    shown = mutant_sections.contents(record) if record.mutants or record.ladder else None
    return {"checks": checks, "contract": contract(record), "mutants": shown}


def rendered(template: str, values: dict[str, Any]) -> str:
    """Return a page made from one of the templates."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: getattr(number_formats, name)
        for name in ("ms", "rate", "count", "percent", "short", "span", "visible")
    }
    environment.filters |= {"moment": _moment, "lean": _lean, "curl": curl, "pasteable": pasteable}
    environment.filters["class_of"] = _class_of
    environment.globals |= {
        "marks": MARKS,
        "top_errors": TOP_ERRORS,
        "top_doubts": TOP_DOUBTS,
        "none": number_formats.NONE,
    }
    return environment


def _lean(css: str) -> Markup:
    """Return a style sheet without the white space that only its authors read."""
    return Markup(SPACE_OF_CSS.sub(r"\1\2", str(css)).strip())  # noqa: S704 -- our own files


def _class_of(verdict: Verdict) -> str:
    """Return what a verdict is called in a style sheet: one word."""
    return verdict.replace(" ", "-")


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC").lstrip("0")
