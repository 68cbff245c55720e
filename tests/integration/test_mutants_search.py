"""Defects in a system that really runs are looked for by the suite itself, through its command."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reports.record.record import E2eRun, read_record

ROOT = Path(__file__).parents[2]
ENDS_WITHIN_S = 280.0
pytestmark = pytest.mark.timeout(300)

PAPER = "mirror_limit_at_most_100"
BYTES = "gateway_query_dropped"
# The command, with a suite that does not run.
BROKEN = """
from contract_tests.recording import suite_session
suite_session._OPTIONS += ("--no-such-option",)
from contract_tests.mutants.__main__ import app
app()
"""


RUN = ("-m", "contract_tests.mutants")


def command(*options: str, run: tuple[str, ...] = RUN) -> list[str]:
    return [sys.executable, *run, *options]


def searched(*options: str, run: tuple[str, ...] = RUN) -> "subprocess.CompletedProcess[str]":
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        command(*options, run=run),
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN_S,
        check=False,
    )


def trials(file: Path) -> dict[str, dict[str, Any]]:
    told = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {one["mutant"]["name"]: one for one in told}


def test_a_drift_on_paper_is_killed_with_its_request_and_bytes_are_by_their_story(
    tmp_path: Path,
) -> None:
    results, site = tmp_path / "trials.jsonl", tmp_path / "site"
    chosen = [f"--only={name}" for name in (PAPER, BYTES)]
    done = searched(*chosen, f"--results={results}", "--record", f"--site={site}")

    assert done.returncode == 0, done.stdout + done.stderr
    found = {name: one["finding"] for name, one in trials(results).items()}
    assert found[PAPER]["method"] == "paper"
    assert "Shown by GET /clients?limit=" in found[PAPER]["sentence"]
    assert "/clients?limit=" in found[PAPER]["curl"]
    assert found[BYTES]["method"] == "crowd"
    [run] = site.glob("*-e2e")
    record = read_record(run)
    assert isinstance(record, E2eRun)
    assert {one.name: one.fate for one in record.mutants} == {PAPER: "killed", BYTES: "killed"}
    assert PAPER in (run / "index.html").read_text(encoding="utf-8")


def test_a_suite_that_does_not_run_kills_nothing(tmp_path: Path) -> None:
    results = tmp_path / "trials.jsonl"
    done = searched(f"--only={PAPER}", f"--results={results}", run=("-c", BROKEN))

    assert done.returncode == 3, done.stdout + done.stderr
    assert "The suite ended with 4; see" in " ".join(done.stdout.split())
    assert trials(results) == {}


@pytest.mark.long
def test_ctrl_c_in_a_search_ends_it_and_the_stack(tmp_path: Path) -> None:
    results = tmp_path / "trials.jsonl"
    options = [f"--only={PAPER}", f"--only={BYTES}", f"--results={results}"]
    with subprocess.Popen(
        command(*options), cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as running:
        assert running.stdout is not None
        first = running.stdout.readline()
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=ENDS_WITHIN_S)

    assert first.startswith(f"1/2 {BYTES}: killed by crowd")
    assert running.returncode == 130, said
    assert "the same command goes on from there" in " ".join(said.split())


@pytest.mark.long
@pytest.mark.timeout(900)
def test_each_rung_of_the_ladder_climbs_alone_and_none_of_ours_cries_at_a_clean_system(
    tmp_path: Path,
) -> None:
    results = tmp_path / "trials.jsonl"
    ladder = ("--ladder", "--ladder-count=1", "--budget-s=60")
    done = subprocess.run(
        command(*ladder, f"--results={results}"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=880,
        check=False,
    )
    told = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    # What most people do may cry; it is "the gateway's own document, fuzzed" and "the services'".
    clean = {one["rung"]: one["finding"] for one in told if one["mutant"]["clean"]}

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(clean) == len(told) / 2 == 7
    assert not any(
        found
        for rung, found in clean.items()
        if not rung.endswith(("document, fuzzed", "documents, fuzzed"))
    )
