"""Sums a run up in Markdown, for the page that a CI service shows of a job."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from reports.export import contract_summary, fault_summary, load_summary
from reports.export.markdown import items, plain, table, titled
from reports.judgement import inapplicable
from reports.judgement.findings import headline
from reports.page.comparison_sections import ComparisonSection
from reports.record.number_formats import span
from reports.record.record import E2eRun, LoadRun, RunRecord

# Of a comparison's columns, those that are no picture.
_COLUMNS: Final = 5
MOST_REASONS: Final = 20
# It says what would make it apply, which takes more than what failed.
_MOST_OF_A_REASON: Final = 700


def summary(record: RunRecord, shown: ComparisonSection | None = None) -> str:
    """Return the run's verdict, its conditions, what to look at first, and what did not apply.

    `shown` is how a load run compares with its baseline.
    """
    head = [f"## {plain(headline(record))}", "", _conditions(record)]
    return _text([*head, *_lines(record, shown), *_left_out(inapplicable.reasons(record))])


def comparison_summary(shown: ComparisonSection) -> str:
    """Return what a comparison came to, figure by figure."""
    sides = f"{shown.before.name} before, {shown.after.name} after."
    return _text([f"## {plain(shown.headline)}", "", plain(sides), *_told(shown), *_figures(shown)])


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _conditions(record: RunRecord) -> str:
    conditions = record.conditions
    broker = f"RabbitMQ {conditions.rabbitmq}" if conditions.rabbitmq else "broker not known"
    return plain(
        f"Stack {record.stack}, engine {conditions.engine}, {broker}, seed {record.seed}, in "
        f"{span(record.duration_s)}."
    )


def _left_out(reasons: Counter[str]) -> Iterator[str]:
    """Yield how much did not apply, and why: each reason once, the most frequent first."""
    if not reasons:
        return
    yield from ("", f"### Not applicable ({reasons.total()})", "")
    for why, number in reasons.most_common(MOST_REASONS):
        yield f"- {number} x: {plain(why, _MOST_OF_A_REASON)}"
    if len(reasons) > MOST_REASONS:
        yield f"- And {len(reasons) - MOST_REASONS} more reasons, in run.json."


def _lines(record: RunRecord, shown: ComparisonSection | None) -> Iterator[str]:
    if isinstance(record, E2eRun):
        return contract_summary.lines(record)
    if isinstance(record, LoadRun):
        return load_summary.lines(record, shown)
    return fault_summary.lines(record)


def _told(shown: ComparisonSection) -> Iterator[str]:
    yield from titled("What changed", items(shown.sentences))


def _figures(shown: ComparisonSection) -> Iterator[str]:
    for one in shown.pictures:
        if one.table:
            rows = [row[:_COLUMNS] for row in one.table.rows]
            yield from titled(plain(one.title), table(one.table.head[:_COLUMNS], rows))
