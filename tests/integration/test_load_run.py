"""A whole load run, from the command line to the page, on a small system of somebody else's."""

import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from loadtests.sweep.phase_records import KNOWN_LEVEL
from reports.judgement.confidence_intervals import over_repetitions
from reports.record.record import LoadRun, read_record

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


def generators_cores(stack_file: Path) -> set[frozenset[int]]:
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text(errors="replace")
            if "locust" in words and str(stack_file.parent) in words:
                found.add(frozenset(os.sched_getaffinity(int(process.name))))
        except OSError:
            continue
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A run that ended: what it was given, what it printed, what it left."""

    file: Path
    folder: Path
    code: int
    output: str
    record: LoadRun


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


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Run three repetitions of two configurations once, for the tests that look at what came."""
    file = tmp_path_factory.mktemp("run") / "stack.toml"
    file.write_text(STACK.format(stub=STUB))
    process = load(file, "--workers", "1,2", "--repetitions", "3", "--duration", "1")
    output, _ = process.communicate(timeout=150)
    (folder,) = (file.parent / "site").glob("*-load")
    record = read_record(folder)
    assert isinstance(record, LoadRun), output
    return Finished(file=file, folder=folder, code=process.returncode, output=output, record=record)


@pytest.mark.timeout(200)
def test_a_run_leaves_a_record_and_a_page_and_nothing_running(finished: Finished) -> None:
    points = [(one.resolvers, one.service_workers) for one in finished.record.configurations]

    # 3: on a busy machine the generator may have been late, which the run says of itself.
    assert finished.code in {0, 3}, finished.output
    assert points == [(1, 1), (1, 2)]
    assert f"Page: {finished.folder / 'index.html'}" in finished.output
    assert (finished.folder / "index.html").exists()
    assert not left_over(finished.file)


@pytest.mark.timeout(200)
def test_every_repetition_is_offered_the_smallest_one_s_common_rate(finished: Finished) -> None:
    repetitions = [r for one in finished.record.configurations for r in one.repetitions]
    first = finished.record.configurations[0].repetitions[0].closed
    offered = [one.common.offered_per_s for one in repetitions if one.common]

    assert first
    assert first.reasons["rpc_ms"] == "the stack file names no telemetry.rpc_metric"
    assert offered == pytest.approx([0.7 * first.throughput_per_s] * 6, rel=0.01)


@pytest.mark.timeout(200)
def test_only_the_first_repetition_looks_for_the_maximum(finished: Finished) -> None:
    for one in finished.record.configurations:
        first, *later = one.repetitions
        assert first.closed
        assert first.open
        assert len(first.closed.levels) > 2
        assert [len(r.closed.levels) for r in later if r.closed] == [1, 1]
        assert {r.closed.users for r in later if r.closed} == {first.closed.users}
        assert [r.open for r in later] == [None, None]
        assert {r.reasons["open"] for r in later} == {KNOWN_LEVEL}


@pytest.mark.timeout(200)
def test_repetitions_are_told_with_their_intervals(finished: Finished) -> None:
    for one in finished.record.configurations:
        assert over_repetitions(one, "closed", "throughput").n == 3
        assert over_repetitions(one, "common", "p50").relative_half_width is not None
    assert "95 % intervals over 3 repetitions" in finished.output
    assert "random order (seed 1)" in " ".join(finished.record.notes)


@pytest.mark.timeout(200)
def test_each_measured_phase_tells_what_the_part_used(finished: Finished) -> None:
    for one in finished.record.configurations:
        for repetition in one.repetitions:
            for phase in filter(None, (repetition.closed, repetition.open, repetition.common)):
                used, seconds = phase.used["gate"], phase.timeline.parts["gate"]
                assert 0 < (used.demand_ms or 0) < 50
                assert len(seconds.cpu) == math.ceil(phase.duration_s - 0.05)
                assert sum(seconds.cpu) > 0
                assert (used.memory_mb_max or 0) > 10
                assert phase.timeline.queue.ready == ()


@pytest.mark.timeout(200)
def test_the_generator_s_own_floor_is_measured_before_the_sweep(finished: Finished) -> None:
    floor = finished.record.floor

    assert floor
    assert floor.rate_per_s == 500
    assert floor.most_per_s > 500
    assert floor.latency_ms.samples >= 459
    assert 0 < (floor.latency_ms.p50 or 0) < 20
    assert finished.record.conditions.details["pinning"].startswith("none")


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core cannot be shared out")
def test_pinned_apart_the_generator_stays_on_its_core_and_the_record_says_so(
    stack_file: Path,
) -> None:
    cores = sorted(os.sched_getaffinity(0))
    process = load(stack_file, "--pin", "--workers", "1", "--quick", "--duration", "1")
    seen: set[frozenset[int]] = set()
    while process.poll() is None:
        seen |= generators_cores(stack_file)
        time.sleep(0.1)
    output, _ = process.communicate(timeout=10)
    (run,) = (stack_file.parent / "site").glob("*-load")

    assert process.returncode in {0, 3}, output
    assert seen == {frozenset(cores[-1:])}
    assert (
        read_record(run)
        .conditions.details["pinning"]
        .startswith(f"generator on core {cores[-1]}, stack on core")
    )


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


@pytest.mark.alone
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
        (["--baseline", "none"], "--baseline: Expected a run record at none"),
    ],
    ids=["a number", "a scenario", "resolvers", "a baseline"],
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
