"""What a load run leaves with where it measured nothing: its exit code, and its first line."""

import subprocess
import sys
from pathlib import Path

import pytest

from reports.judgement.findings import headline
from reports.record.record import read_record
from tests.integration.test_load_run import ROOT, STACK, STUB
from tests.integration.test_load_target import server

__all__ = ["server"]

pytestmark = pytest.mark.timeout(120)

# One request of each is asked, and no telemetry: the shortest run there is.
SHORT = ("--quick", "--duration=1", "--resolvers=1", "--workers=1")
DIES = """
format_version = 1
name = "dies"

[parts.gate]
role = "gateway"
port = 9000
ready = "GET /count"
command = ["python", "-c", "print('no licence found'); raise SystemExit(4)"]

[scenarios.rows]
description = "Reads"

[[scenarios.rows.calls]]
name = "read"
request = "GET /rows"
"""


def run(site: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "loadtests", "--site", str(site), "--tolerant", *options]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )


def first_line(site: Path) -> str:
    [folder] = site.glob("*-load")
    return headline(read_record(folder))


def test_a_stack_that_does_not_start_fails_the_run_with_its_last_words(tmp_path: Path) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(DIES)

    done = run(tmp_path / "site", "--stack", str(file), "--engine=processes", *SHORT)

    assert done.returncode == 1, done.stdout
    assert "no licence found" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_gateway_that_refuses_everything_fails_the_run_and_it_is_said_how(tmp_path: Path) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(stub=STUB).replace('"2"]', '"0", "401"]'))

    done = run(tmp_path / "site", "--stack", str(file), "--engine=processes", *SHORT)
    said = first_line(tmp_path / "site")

    assert done.returncode == 1, done.stdout
    assert said.startswith("Does not hold")
    assert "was answered well" in said
    assert "x HTTP 401, most at " in said


def test_a_target_that_fails_at_everything_fails_the_run(server: int, tmp_path: Path) -> None:
    options = ("--target", f"http://127.0.0.1:{server}", "--request", "GET /nothing")

    done = run(tmp_path / "site", *options, "--rate=50", "--duration=2")
    said = first_line(tmp_path / "site")

    assert done.returncode == 1, done.stdout
    assert "x HTTP 404, most at 'GET /nothing'" in said


def test_an_slo_that_nothing_is_held_to_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path / "site", "--slo-p99-ms=50")

    assert done.returncode == 2
    assert "give one of them, or leave it out" in done.stderr
