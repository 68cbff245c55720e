"""Runs the harness's commands on somebody else's system, as a user would type them."""
# ruff: noqa: S101 -- of tests

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from reports.judgement.fault_verdicts import cells
from reports.record.fault_trials import FaultTrial
from reports.record.record import FaultsRun, LoadRun, read_record

ROOT: Final = Path(__file__).parents[2]
ENDS_WITHIN_S: Final = 300
# What can be told where nobody saw when a write was begun, which takes a part that answers HTTP.
ASKED: Final = ("lost", "duplicated", "misdelivered", "hung", "untrue")


def harness(
    *arguments: str, engine: str | None, settings: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Return a command that has ended; `settings` are added to its environment."""
    chosen = ["--engine", engine] if engine else []
    return subprocess.run(
        [sys.executable, "-m", *arguments, *chosen],
        cwd=ROOT,
        env={**os.environ, **(settings or {})},
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN_S,
        check=False,
    )


def measured(stack_file: Path, folder: Path, *options: str, engine: str | None) -> LoadRun:
    """Return the record of a quick load run, each configuration at the common rate."""
    words = ("--stack", str(stack_file), "--quick", "--workers=1", *options)
    done = harness("loadtests", *words, "--site", str(folder), engine=engine)
    [run] = folder.glob("*-load")
    record = read_record(run)

    # 3: others took so much of the machine that nothing can be said.
    assert done.returncode in {0, 3}, done.stderr[-4000:]
    assert isinstance(record, LoadRun)
    for one in record.configurations:
        [repetition] = one.repetitions
        assert repetition.common
        assert repetition.common.samples > 0
    return record


def trial_of(
    fault: str,
    stack_file: Path,
    folder: Path,
    *,
    engine: str | None,
    settings: Mapping[str, str] | None = None,
) -> tuple[FaultTrial, dict[str, str]]:
    """Return one fault's trial, neither void nor out of place, and its verdicts by invariant."""
    words = (f"--stack={stack_file}", f"--site={folder}", "--cold-starts=0", f"--fault={fault}")
    # Without a name both engines have their turn.
    chosen = engine or "processes"
    done = harness("contract_tests.faults", *words, engine=chosen, settings=settings)
    [run] = folder.glob("*-faults")
    record = read_record(run)
    assert isinstance(record, FaultsRun)
    [trial] = record.trials
    assert trial.void == trial.not_applicable == "", done.stdout + done.stderr
    return trial, {one.invariant: one.verdict for one in cells(trial)}
