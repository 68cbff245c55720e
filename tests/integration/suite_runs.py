"""Runs the contract suite as a user would type it, and reads the one record that it leaves."""
# ruff: noqa: S101 -- of tests

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from reports.record.record import E2eRun, read_record

ROOT: Final = Path(__file__).parents[2]


def suite(
    *words: str,
    within_s: float,
    module: str = "contract_tests",
    environment: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Return a command that has ended within its time, with what it said on either stream."""
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )


def run_in(site: Path, said: str = "") -> tuple[Path, E2eRun]:
    """Return the folder of the one run in a site, and its record; `said` is told where it fails."""
    runs = list(site.glob("*-e2e"))
    assert len(runs) == 1, said
    record = read_record(runs[0])
    assert isinstance(record, E2eRun), said
    return runs[0], record
