"""The few lines that a run prints at its end: one table row a configuration, then what to know."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reports import figures
from reports.findings import findings, headline
from reports.measurements import Configuration, Latency
from reports.pooled import pooled
from reports.record import LoadRun
from reports.verdicts import judge

COLUMNS = ("", "carries", "at common rate", "HTTP p50", "p99", "RPC p50", "p99", "host CPU")


def print_summary(record: LoadRun, console: Console) -> None:
    """Print a table a scenario, what stands out, and every check that does not pass."""
    for scenario in dict.fromkeys(one.scenario for one in record.configurations):
        console.print(table(record, scenario))
    for one in record.configurations:
        for finding in findings(one):
            console.print(escape(f"{finding.subject}: {finding.sentence}"), highlight=False)
    for judgement in judge(record):
        if judgement.verdict != "pass":
            text = f"{judgement.verdict}: {judgement.subject}: {judgement.sentence}"
            console.print(escape(text), highlight=False)
    console.print(escape(headline(record)), highlight=False, style="bold")


def table(record: LoadRun, scenario: str) -> Table:
    """Return a scenario's table: rates per second, latencies in ms at the common rate."""
    made = Table(title=f"{scenario} (resolvers x service workers; per second, ms)")
    for number, column in enumerate(COLUMNS):
        made.add_column(column, justify="right" if number else "left")
    for one in record.configurations:
        if one.scenario == scenario:
            made.add_row(*row(one))
    return made


def row(one: Configuration) -> tuple[str, ...]:
    """Return the cells of one configuration."""
    closed, common = pooled(one, "closed"), pooled(one, "common")
    name = f"{one.resolvers} x {one.service_workers}"
    if one.gateway_workers > 1:
        name += f", {one.gateway_workers} gateway workers"
    return (
        name,
        figures.rate(closed.throughput_per_s if closed else None),
        figures.rate(common.offered_per_s if common else None),
        *_latencies(common.latency_ms if common else None),
        *_latencies(common.rpc_ms if common else None),
        figures.percent(common.host_cpu if common else None),
    )


def _latencies(latency: Latency | None) -> tuple[str, str]:
    if latency is None:
        return figures.NONE, figures.NONE
    return figures.ms(latency.p50), figures.ms(latency.p99)
