"""Sums a load run up in Markdown: what was asked, a row a configuration, what to look at."""

from collections.abc import Iterator

from reports.drawing.rate_search_charts import kept
from reports.export.markdown import items, table, titled
from reports.judgement.configuration_rows import COLUMNS, TARGET, cells
from reports.judgement.findings import findings
from reports.judgement.objective_verdicts import objective_rows
from reports.judgement.verdicts import judge, subject_of
from reports.page.comparison_sections import ComparisonSection
from reports.record.measurements import Configuration
from reports.record.record import LoadRun

HEAD = ("scenario", "configuration", *COLUMNS)


def lines(record: LoadRun, shown: ComparisonSection | None) -> Iterator[str]:
    """Yield what stands below the verdict; `shown` is how the run compares with its baseline."""
    yield from titled("Objectives", items(list(_objectives(record))))
    rows = [_row(one, record.target) for one in record.configurations]
    head = [one.replace("common ", "") for one in HEAD] if record.target else HEAD
    yield from titled("Rates (per second) and latencies (ms)", table(head, rows))
    if shown:
        yield from titled("Against the baseline", items([shown.headline, *shown.sentences]))
    yield from titled("What to look at", items(list(_notable(record))))


def _objectives(record: LoadRun) -> Iterator[str]:
    """Yield what the run was held to, and whether it keeps it."""
    for row in objective_rows(record):
        where = subject_of(row.configuration, row.phase, target=record.target)
        yield f"{row.said[0]}: {where}: {row.objective.text}. {row.said[1]}"
    for one in record.rate_searches:
        yield f"{one.scenario} {one.configuration}: {kept(one)}"
    for answer in (one.answer for one in record.capacity if one.answer):
        yield f"{answer.verdict}: {answer.sentence}"


def _row(one: Configuration, target: str) -> tuple[str, ...]:
    at = cells(one, "open" if target else "common")
    return one.scenario, TARGET if target else one.label, *at


def _notable(record: LoadRun) -> Iterator[str]:
    for wanted in ("fail", "unknown"):
        for one in judge(record):
            if one.verdict == wanted:
                yield f"{one.verdict}: {one.subject}: {one.sentence}"
    for configuration in record.configurations:
        for finding in findings(configuration):
            yield f"{finding.subject}: {finding.sentence}"
