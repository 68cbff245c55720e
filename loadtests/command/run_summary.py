"""The few lines that a run prints at its end: one table row a configuration, then what to know."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table

from loadtests.sweep.terminal_text import plain
from reports.drawing.rate_search_charts import kept
from reports.judgement import inapplicable
from reports.judgement.confidence_intervals import (
    LEAST_FOR_INTERVAL,
    Interval,
    Metric,
    over_repetitions,
)
from reports.judgement.configuration_rows import COLUMNS, cells
from reports.judgement.findings import findings, headline, scaling
from reports.judgement.objective_verdicts import in_words, objective_rows
from reports.judgement.pooling import PhaseName
from reports.judgement.verdicts import judge, subject_of
from reports.page.comparison_sections import ComparisonSection
from reports.record import number_formats
from reports.record.capacity import Estimate
from reports.record.measurements import Configuration
from reports.record.record import LoadRun

# Of a comparison's columns, those that fit a narrow terminal; the page has them all.
SHOWN = 5
INTERVALS: tuple[tuple[str, PhaseName, Metric], ...] = (
    ("max rate", "closed", "throughput"),
    ("HTTP p50", "common", "p50"),
    ("HTTP p99", "common", "p99"),
)


def print_summary(
    record: LoadRun, console: Console, shown: ComparisonSection | None = None
) -> None:
    """Print each scenario's tables, what stands out or does not pass, and what more copies bring.

    `shown` is how the run compares with its baseline.
    """
    for made in tables(record):
        console.print(made)
    for one in record.configurations:
        for finding in findings(one):
            console.print(plain(f"{finding.subject}: {finding.sentence}"), highlight=False)
    more = [
        scaling(record, name) for name in dict.fromkeys(c.scenario for c in record.configurations)
    ]
    print_doubts(record, console, [*more, *answers(record)])
    if shown:
        print_contrast(shown, console)


def print_doubts(record: LoadRun, console: Console, more: Iterable[str] = ()) -> None:
    """Print every judgement that did not pass, more that is to be said, and then the verdict."""
    for judgement in judge(record):
        if judgement.verdict in {"fail", "unknown"}:
            text = f"{judgement.verdict}: {judgement.subject}: {judgement.sentence}"
            console.print(plain(text), highlight=False)
    for line in inapplicable.told(record):
        console.print(plain(line), highlight=False)
    for line in more:
        console.print(plain(line), highlight=False)
    console.print(plain(headline(record)), highlight=False, style="bold")


def unmeasured(record: LoadRun) -> str:
    """Return what load processes that died left open, in one sentence with their last words."""
    first, *others = record.unmeasured
    more = f" And {len(others)} more." if others else ""
    return f"Not measured: {first.subject}: {first.sentence}{more}"


def tables(record: LoadRun) -> Iterator[Table]:
    """Yield what the run was held to, and each scenario's figures with their intervals."""
    if record.objectives:
        yield slos(record)
    for scenario in dict.fromkeys(one.scenario for one in record.configurations):
        yield table(record, scenario)
        if any(intervals_of(record, scenario)):
            yield intervals(record, scenario)


def print_contrast(shown: ComparisonSection, console: Console) -> None:
    """Print what became of each figure since the baseline, and the verdict on them all."""
    for one in shown.pictures:
        if one.table:
            head = tuple(one.table.head[:SHOWN])
            made = _headed(plain(f"{one.title} against {shown.before.name}"), head)
            for cells in one.table.rows:
                made.add_row(*map(plain, cells[:SHOWN]))
            console.print(made)
    for sentence in shown.sentences:
        console.print(plain(sentence), highlight=False)
    console.print(plain(shown.headline), highlight=False, style="bold")


def answers(record: LoadRun) -> Iterator[str]:
    """Yield what came of the questions asked: rates within an SLO, and how many are needed.

    Each trial shows what was predicted beside what was measured.
    """
    for one in record.rate_searches:
        yield f"{one.scenario} {one.configuration}: {kept(one)}"
    for answer in (one.answer for one in record.capacity if one.answer):
        for trial in answer.trials:
            lost = f", one {trial.lost} lost" if trial.lost else ""
            yield (
                f"{trial.configuration}{lost}: p99 predicted {_predicted(trial.foretold_ms)} ms, "
                f"measured {number_formats.ms(trial.measured_ms)} ms"
            )
        room = (
            f", headroom {number_formats.percent(answer.headroom_share)}" if answer.binding else ""
        )
        bound = f" (binding: {answer.binding}{room})" if answer.binding else ""
        yield f"{answer.verdict}: {answer.sentence}{bound}"


def _predicted(one: Estimate) -> str:
    if one.value is None or one.low is None or one.high is None:
        return number_formats.NONE
    value, low, high = (number_formats.ms(v) for v in (one.value, one.low, one.high))
    return f"{value} ({low} to {high})"


def table(record: LoadRun, scenario: str) -> Table:
    """Return a scenario's table: rates per second, latencies in ms at the common rate.

    Of a server that was up already there is one row, at the rate that was asked for.
    """
    if record.target:
        made = _headed(f"{plain(record.target)} (per second, ms)", ("", *COLUMNS))
        made.columns[2].header = "at the rate"
    else:
        title = f"{scenario} (resolvers x service workers; per second, ms)"
        made = _headed(title, ("", *COLUMNS))
    for one in record.configurations:
        if one.scenario == scenario:
            made.add_row(*row(one, "open" if record.target else "common"))
    return made


def intervals(record: LoadRun, scenario: str) -> Table:
    """Return a scenario's 95 % intervals over the repetitions; below it, why one is missing."""
    most = max(len(one.repetitions) for one in record.configurations)
    title = f"{scenario}: 95 % intervals over {most} repetitions (per second, ms)"
    made = _headed(title, ("", *(name for name, _, _ in INTERVALS)))
    missing: dict[str, str] = {}
    for one in record.configurations:
        if one.scenario == scenario:
            found = [over_repetitions(one, phase, metric) for _, phase, metric in INTERVALS]
            made.add_row(_name(one), *map(interval_text, found))
            for (name, _, _), interval in zip(INTERVALS, found, strict=True):
                if interval.low is None:
                    missing.setdefault(name, interval.reasons["low"])
    made.caption = "; ".join(f"{name}: {reason}" for name, reason in missing.items()) or None
    return made


def slos(record: LoadRun) -> Table:
    """Return what the run was held to, and whether each configuration kept it."""
    made = _headed("SLOs", ("", "SLO", "measured (95 % interval)", "verdict"))
    for one in objective_rows(record):
        seen = in_words(one.objective, one.found)
        at = subject_of(one.configuration, one.phase, target=record.target)
        made.add_row(*map(plain, (at, one.objective.text, seen, one.said[0])))
    return made


def intervals_of(record: LoadRun, scenario: str) -> Iterator[bool]:
    """Tell of each configuration of a scenario whether it has repetitions enough."""
    for one in record.configurations:
        if one.scenario == scenario:
            yield len(one.repetitions) >= LEAST_FOR_INTERVAL


def interval_text(found: Interval) -> str:
    """Return an interval in words: "12.1 (11.0 to 13.4)"; a dash where there is none."""
    if found.low is None or found.high is None:
        return number_formats.NONE
    return (
        f"{number_formats.number(found.estimate or 0.0)} "
        f"({number_formats.number(found.low)} to {number_formats.number(found.high)})"
    )


def row(one: Configuration, at: PhaseName = "common") -> tuple[str, ...]:
    """Return the cells of one configuration; `at` names the open phase that is shown."""
    return _name(one) if at == "common" else one.scenario, *cells(one, at)


def _name(one: Configuration) -> str:
    name = f"{one.resolvers} x {one.service_workers}"
    if one.gateway_workers > 1:
        name += f", {one.gateway_workers} gateway workers"
    return ", ".join([name, *(f"{copies} x {part}" for part, copies in one.of_parts.items())])


def _headed(title: str, columns: tuple[str, ...]) -> Table:
    made = Table(title=title)
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number else "left")
    return made
