"""A scenario written for a server's own document drives that server."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.record.record import LoadRun, read_record
from tests.integration.test_load_headers import run
from tests.integration.test_load_run import ROOT
from tests.integration.test_load_target import answers, free_port

ITEMS = Path(__file__).with_name("items.py")

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def items() -> Iterator[str]:
    """Run a service that keeps items and publishes its document, and give its URL."""
    port = free_port()
    with subprocess.Popen([sys.executable, str(ITEMS), "service", str(port), "envelope"]) as one:
        until_s = time.monotonic() + 20
        while not answers(port) and time.monotonic() < until_s:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
        one.kill()


def asked(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "loadtests", "scenario", *options]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_what_was_written_for_a_server_runs_against_it(items: str, tmp_path: Path) -> None:
    made = asked("--openapi", f"{items}/openapi.json", "--for-target")
    file = tmp_path / "calls.toml"
    file.write_text(made.stdout)
    assert made.returncode == 0, made.stderr

    options = ("--target", items, "--requests", str(file), "--rate=60", "--duration=2")
    done = run(tmp_path / "site", *options)
    [folder] = (tmp_path / "site").glob("*-load")
    record = read_record(folder)
    assert isinstance(record, LoadRun)
    phase = record.configurations[0].repetitions[0].open

    assert done.returncode in {0, 3}, done.stdout + done.stderr
    assert phase
    assert (phase.failed, phase.unknown) == (0, 0)
    assert len(phase.endpoints) == made.stdout.count("[[calls]]") > 1


@pytest.mark.parametrize(
    ("place", "said"),
    [("gone.json", "gone.json, but: No such file"), ("http://127.0.0.1:9/x", "127.0.0.1:9/x")],
)
def test_a_document_that_cannot_be_had_is_told_in_one_sentence(place: str, said: str) -> None:
    made = asked("--openapi", place)

    assert made.returncode == 2
    assert said in made.stderr
    assert made.stderr.count("\n") == 1
