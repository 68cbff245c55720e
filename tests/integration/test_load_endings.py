"""What a load run leaves with where it measured nothing: its exit code, and its first line."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest

from reports.judgement.findings import headline
from reports.record.record import read_record
from tests.integration.test_load_run import ROOT, STACK, STUB
from tests.integration.test_load_target import server

__all__ = ["server"]

pytestmark = pytest.mark.timeout(120)

SHORT = ("--quick", "--duration=1", "--resolvers=1", "--workers=1")
ONCE = ("--repetitions=1", "--duration=1", "--resolvers=1", "--workers=1")
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

# What makes faults of calls over RabbitMQ apply.
RPC = """
[broker]
vhost = "v"
user = "me"
work_queue = "q"

[parts.resolver]
role = "resolver"
port = 9001
command = ["python", "-c", "print('no licence found'); raise SystemExit(4)"]
"""


def run(site: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "loadtests", "--site", str(site), "--tolerant", *options]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )


def first_line(site: Path) -> str:
    """Return it as the page has it; the record stands before the page is drawn."""
    [folder] = site.glob("*-load")
    said = headline(read_record(folder))
    assert said in unescape((folder / "index.html").read_text(encoding="utf-8"))
    return said


def test_a_stack_that_does_not_start_fails_the_run_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(DIES.replace("no licence found", r"no licence found\\n::error::owned ##[x]"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    done = run(tmp_path / "site", "--stack", str(file), "--engine=processes", *SHORT)

    assert done.returncode == 1, done.stdout
    assert "no licence found" in done.stderr
    assert "Traceback" not in done.stderr
    [told] = [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert told.startswith("::error title=load run::gate ended before it was ready")
    assert not [line for line in done.stderr.splitlines() if line.lstrip().startswith("::")]
    assert "##[" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "asked",
    [
        SHORT,
        pytest.param(("--search-rate", "--slo-p99-ms=400", *ONCE), marks=pytest.mark.long),
        pytest.param(("--search", *ONCE), marks=pytest.mark.long),
        pytest.param(
            ("--target-rate=60", "--slo-p99-ms=400", "--repetitions=1", "--duration=1"),
            marks=pytest.mark.long,
        ),
    ],
    ids=["quick", "a rate is searched", "the best is searched", "how many are needed"],
)
def test_a_gateway_that_refuses_everything_fails_the_run_and_it_is_said_how(
    tmp_path: Path, asked: tuple[str, ...]
) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(stub=STUB).replace('"2"]', '"0", "401"]'))

    done = run(tmp_path / "site", "--stack", str(file), "--engine=processes", *asked)
    said = first_line(tmp_path / "site")

    assert "Traceback" not in done.stderr
    assert done.returncode == 1, done.stdout
    assert said.startswith("Does not hold")
    assert "was answered well" in said
    assert "x HTTP 401, most at " in said


def test_a_target_that_fails_at_everything_fails_the_run_and_a_ci_service_is_told(
    server: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    options = ("--target", f"http://127.0.0.1:{server}", "--request", "GET /nothing")

    done = run(tmp_path / "site", *options, "--rate=50", "--duration=2")
    said = first_line(tmp_path / "site")

    assert done.returncode == 1, done.stdout
    assert "x HTTP 404, most at 'GET /nothing'" in said
    told = [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert told[0].startswith("::error title=target%2C open::None of ")
    page = unescape((tmp_path / "summary.md").read_text(encoding="utf-8"))
    assert page.startswith(f"## {said}")
    assert "| target | target | — | 50.0 |" in page
    assert "- fail: target, open: None of " in page


@contextmanager
def a_busy_machine() -> Iterator[None]:
    """Have something that is not of the run want every core, as another run would."""
    spinning = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(spinning) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for one in others:
            one.kill()
            one.wait(timeout=10)


def test_what_a_shared_machine_left_over_is_no_measurement_and_the_first_line_says_so(
    tmp_path: Path,
) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(stub=STUB))

    with a_busy_machine():
        done = run(tmp_path / "site", "--stack", str(file), "--engine=processes", *SHORT)
    said = first_line(tmp_path / "site")

    assert done.returncode == 3, done.stdout
    assert said.startswith("Unknown")
    assert "Something else on the machine took" in said


def test_an_slo_that_nothing_is_held_to_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path / "site", "--slo-p99-ms=50")

    assert done.returncode == 2
    assert "--slo 'p99<50ms'" in done.stderr
