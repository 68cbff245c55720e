"""Puts a run's figures where teams keep theirs: CSV, OpenMetrics, an OTLP collector."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtests.plan.logged_requests import TRIAL, logs_in
from loadtests.sweep.outputs.traced_requests import Row, traced
from reports.export.openmetrics import openmetrics_text
from reports.export.run_figures import families
from reports.record.atomic_files import write_whole, writing
from reports.record.record import LoadRun

OPTION: Final = "--out"


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresOut:
    """Where figures go beside the record and its page; nowhere by default."""

    csv: Path | None = None
    openmetrics: Path | None = None
    otlp: str | None = None

    @property
    def need_requests(self) -> bool:
        """Tell whether the generator has to write every request down."""
        return self.csv is not None or self.otlp is not None


def deliver(figures_out: FiguresOut, record: LoadRun, run_folder: Path) -> Iterator[str]:
    """Put out what was asked for, and yield a line for each; raise RecordError for what cannot be.

    What the generator wrote down of each request is then gone from the run's folder.
    """
    logs = _logs(run_folder)
    if figures_out.csv:
        count = _write_requests(figures_out.csv, logs)
        yield f"Requests: {figures_out.csv} ({count:,})"
    if figures_out.openmetrics:
        write_whole(figures_out.openmetrics, openmetrics_text(record), OPTION)
        yield f"OpenMetrics: {figures_out.openmetrics}"
    if figures_out.otlp:
        yield f"OTLP: {figures_out.otlp} ({_send(figures_out.otlp, record, logs)})"
    for log in logs:
        log.unlink(missing_ok=True)


def _send(url: str, record: LoadRun, logs: list[Path]) -> str:
    """Send figures and spans to a collector; return how many they were."""
    from loadtests.sweep.outputs.otlp_export import OtlpExport  # noqa: PLC0415 -- an optional need

    export = OtlpExport(url)
    figures = export.send_figures(families(record))
    spans = sum(export.send_requests(traced(_by_name(log)), log.parent.name) for log in logs)
    return f"{figures:,} figures, {spans:,} spans"


def _logs(run_folder: Path) -> list[Path]:
    """Return what was written down of every trial, in the order in which they ended."""
    found = [log for folder in (run_folder / "load").glob("*/") for log in logs_in(folder)]
    return sorted(found, key=lambda log: log.stat().st_mtime_ns)


def _write_requests(path: Path, logs: list[Path]) -> int:
    """Write the requests of all trials, each with its trial's name; return how many they are."""
    part, count = path.with_name(f"{path.name}.part"), 0
    with writing(path, OPTION), part.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        for log, head, rows in map(_read, logs):
            if not file.tell():
                lines.writerow((TRIAL, *head))
            for row in rows:
                lines.writerow((log.parent.name, *row))
                count += 1
        file.flush()
        part.replace(path)
    return count


def _read(log: Path) -> tuple[Path, list[str], Iterator[list[str]]]:
    """Return a file's columns, and its rows one by one: there may be millions."""
    rows = _rows(log)
    return log, next(rows), rows


def _rows(log: Path) -> Iterator[list[str]]:
    with log.open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def _by_name(log: Path) -> Iterator[Row]:
    _, head, rows = _read(log)
    return (dict(zip(head, row, strict=True)) for row in rows)
