"""Where a run's figures go beside its page."""

import csv
import os
from pathlib import Path

import pytest

from loadtests.sweep.outputs.figures_out import FiguresOut, deliver
from reports.record.errors import RecordError
from tests.unit.reports.sample_runs import load_run


def log(run_folder: Path, trial: str, *values: str, at_s: int, name: str = "requests.csv") -> Path:
    file = run_folder / "load" / trial / name
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([["call", "reason"], *([value, "a\nb"] for value in values)])
    os.utime(file, (at_s, at_s))
    return file


def test_the_requests_of_all_trials_stand_in_one_file_in_the_order_of_the_trials(
    tmp_path: Path,
) -> None:
    run_folder, file = tmp_path / "run", tmp_path / "all.csv"
    logs = [
        log(run_folder, "mixed-2", "third", at_s=30),
        log(run_folder, "mixed-1", "first", "second", at_s=10),
        log(run_folder, "mixed-1", "also", at_s=20, name="requests-1.csv"),
    ]

    said = list(deliver(FiguresOut(csv=file), load_run(), run_folder))
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    assert [(row["trial"], row["call"]) for row in rows] == [
        ("mixed-1", "first"),
        ("mixed-1", "second"),
        ("mixed-1", "also"),
        ("mixed-2", "third"),
    ]
    assert rows[0]["reason"] == "a\nb"
    assert said == [f"Requests: {file} (4)"]
    assert not any(one.exists() for one in logs)


def test_what_cannot_be_written_any_more_is_said_and_what_was_there_stays(tmp_path: Path) -> None:
    run_folder, file = tmp_path / "run", tmp_path / "gone" / "all.csv"
    kept = log(run_folder, "mixed-1", "first", at_s=10)

    with pytest.raises(RecordError, match=r"Expected to write .*all\.csv, but: no such file"):
        list(deliver(FiguresOut(csv=file), load_run(), run_folder))

    assert kept.exists()


def test_only_a_file_of_requests_costs_the_generator_something() -> None:
    assert FiguresOut(csv=Path("all.csv")).need_requests
    assert not FiguresOut(openmetrics=Path("all.txt")).need_requests
