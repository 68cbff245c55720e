"""A whole load run, from the command line to the page, on a small system of somebody else's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reports.record import LoadRun, read_record

ROOT = Path(__file__).parent.parent.parent
STUB = Path(__file__).with_name("stub_gateway.py")
STACK = """
format_version = 1
name = "rows"

[parts.gate]
role = "gateway"
port = 9000
ready = "GET /count"
command = ["python", "{stub}", "{{port}}", "2"]

[scenarios.rows]
description = "Reads, and writes that are taken back"

[[scenarios.rows.calls]]
name = "read"
request = "GET /rows"
weight = 3

[[scenarios.rows.calls]]
name = "make"
request = "POST /rows"
body = {{ x = 1 }}
keeps = {{ row = "/id" }}

[[scenarios.rows.calls]]
name = "drop"
request = "DELETE /rows/{{row}}"
takes = "row"

[telemetry]
worker_header = "X-Served-By"
"""


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    """Write the stack file of the stub gateway."""
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(stub=STUB))
    return file


def load(stack_file: Path, *options: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "loadtests", "--stack", str(stack_file)]
    command += ["--engine", "processes", "--site", str(stack_file.parent / "site"), *options]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def left_over(stack_file: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text(errors="replace").replace("\0", " ")
            state = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        except OSError:
            continue
        if str(stack_file.parent) in words and state != "Z":
            found.append(words)
    return found


@pytest.mark.timeout(120)
def test_a_run_leaves_a_record_and_a_page_and_nothing_running(stack_file: Path) -> None:
    process = load(stack_file, "--workers", "1,2", "--duration", "1")
    output, _ = process.communicate(timeout=100)
    (run,) = (stack_file.parent / "site").glob("*-load")
    record = read_record(run)

    # 3: on a busy machine the generator may have been late, which the run says of itself.
    assert process.returncode in {0, 3}, output
    assert isinstance(record, LoadRun)
    assert [(one.resolvers, one.service_workers) for one in record.configurations] == [
        (1, 1),
        (1, 2),
    ]
    offered = [one.repetitions[0].common.offered_per_s for one in record.configurations]  # type: ignore[union-attr]
    first = record.configurations[0].repetitions[0].closed
    assert first
    assert offered == pytest.approx([0.7 * first.throughput_per_s] * 2, rel=0.01)
    assert first.reasons["rpc_ms"] == "the stack file names no telemetry.rpc_metric"
    assert f"Page: {run / 'index.html'}" in output
    assert (run / "index.html").exists()
    assert not left_over(stack_file)


@pytest.mark.timeout(90)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_publishes_nothing_and_leaves_nothing_running(
    stack_file: Path, number: signal.Signals
) -> None:
    process = load(stack_file)
    until_s = time.monotonic() + 30
    while "locust" not in " ".join(left_over(stack_file)) and time.monotonic() < until_s:
        time.sleep(0.05)
    time.sleep(1.5)
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)

    assert process.returncode == 130, output
    assert "nothing is published" in output
    assert not list((stack_file.parent / "site").glob("*/run.json"))
    assert not left_over(stack_file)


@pytest.mark.timeout(60)
def test_a_killed_run_leaves_no_load_process(stack_file: Path) -> None:
    process = load(stack_file)
    until_s = time.monotonic() + 30
    while "locust" not in " ".join(left_over(stack_file)) and time.monotonic() < until_s:
        time.sleep(0.05)
    time.sleep(1.5)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    # At once, not when the load process next has something to say and nobody listens.
    assert _gone_within(stack_file, "locust", bound_s=0.5)
    assert _gone_within(stack_file, "", bound_s=10)


def _gone_within(stack_file: Path, word: str, *, bound_s: float) -> bool:
    until_s = time.monotonic() + bound_s
    while time.monotonic() < until_s:
        if not any(word in words for words in left_over(stack_file)):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--workers", "0"], "--workers takes whole numbers from 1 to 64"),
        (["--scenario", "none"], "has no scenario 'none'; choose from: rows"),
        (["--resolvers", "1,2"], "no part with role = 'resolver'"),
        (["--engine", "none"], "'none'"),
        (["--stack", "none.toml"], "Expected a stack file at none.toml"),
    ],
    ids=["a number", "a scenario", "resolvers", "an engine", "a stack file"],
)
def test_bad_input_ends_with_2_and_one_sentence(
    stack_file: Path, options: list[str], said: str
) -> None:
    process = load(stack_file, *options)
    output, _ = process.communicate(timeout=20)

    assert process.returncode == 2
    assert said in output
    assert len(output.strip().splitlines()) == 1
    assert not (stack_file.parent / "site").exists()
