"""Somebody else's system passes through its own stack file; no harness code knows of it."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from testcontainers_fixtures.stack import start_stack
from testcontainers_fixtures.stack_spec import read_stack_file

ROOT = Path(__file__).parents[2]
STACK_FILE = Path(__file__).with_name("stack.toml")


@pytest.fixture
def engine(pytestconfig: pytest.Config) -> str | None:
    """Return the engine asked for."""
    asked: str | None = pytestconfig.getoption("--engine")
    return asked


def harness(*arguments: str, engine: str | None) -> "subprocess.CompletedProcess[str]":
    chosen = ["--engine", engine] if engine else []
    return subprocess.run(
        [sys.executable, "-m", *arguments, *chosen],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.timeout(120)
def test_it_starts_seeded_without_a_broker(engine: str | None, tmp_path: Path) -> None:
    with start_stack(read_stack_file(STACK_FILE), run_folder=tmp_path, engine=engine) as stack:
        notes = httpx.get(f"{stack.gateway}/notes", timeout=10).json()

        assert [note["text"] for note in notes] == [f"note {n}" for n in range(1, 6)]
        assert (stack.amqp, sorted(stack.twins)) == (None, ["notes"])


@pytest.mark.timeout(320)
def test_the_contract_suite_passes_on_it(engine: str | None) -> None:
    done = harness("pytest", "contract_tests", "-q", f"--stack={STACK_FILE}", engine=engine)

    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.timeout(320)
def test_the_load_side_measures_it(engine: str | None, tmp_path: Path) -> None:
    options = ["--stack", str(STACK_FILE), "--quick", "--workers", "1", "--resolvers", "1"]
    done = harness("loadtests", *options, "--site", str(tmp_path), engine=engine)
    [record] = [json.loads(path.read_text()) for path in tmp_path.glob("*/run.json")]

    assert done.returncode in {0, 3}, done.stderr[-4000:]
    assert record["configurations"][0]["repetitions"][0]["common"]["samples"] > 0
