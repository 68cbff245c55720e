"""What a command puts into the temporary folder goes with it, however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CTRL_C = 130
ENDED_WITHIN_S = 60.0

STACK = """
format_version = 1
name = "still"

[parts.gateway]
role = "gateway"
port = 8000
command = ["python", "-m", "http.server", "{port}", "--bind", "{host}"]
ready = "GET /"
"""

pytestmark = pytest.mark.timeout(180)


@contextmanager
def running(folder: Path, *command: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a module whose temporary folder is FOLDER/tmp, in a process group of its own."""
    (folder / "tmp").mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder / "tmp"), "NO_COLOR": "1", "COLUMNS": "400"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def held(folder: Path, *, stack: str = STACK) -> tuple[str, ...]:
    file = folder / "stack.toml"
    file.write_text(stack)
    return ("testcontainers_fixtures", "--stack", str(file), "--engine", "processes")


def heard(process: "subprocess.Popen[str]", word: str) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            break
    return "".join(lines)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "tmp").iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_stack_that_was_held_leaves_no_temporary_folder(
    tmp_path: Path, number: signal.Signals
) -> None:
    with running(tmp_path, *held(tmp_path)) as process:
        said = heard(process, "Ctrl-C ends it.")
        during = left(tmp_path)
        os.killpg(process.pid, number)
        process.communicate(timeout=ENDED_WITHIN_S)

    assert len(during) == 1, said
    assert (process.returncode in {0, CTRL_C}, left(tmp_path)) == (True, [])


def test_a_stack_that_does_not_start_keeps_its_logs_where_the_readme_says(tmp_path: Path) -> None:
    dying = STACK.replace('"-m", "http.server"', '"-c", "raise SystemExit(\'no heart\')"')
    with running(tmp_path, *held(tmp_path, stack=dying)) as process:
        said = process.communicate(timeout=ENDED_WITHIN_S)[0]

    [kept] = left(tmp_path)
    assert process.returncode == 1
    assert str(tmp_path / "tmp" / kept / "logs") in said
    assert list((tmp_path / "tmp" / kept / "logs").iterdir())
    assert kept.startswith("gatewaybench-")
    assert "rm -r ${TMPDIR:-/tmp}/gatewaybench-*" in README


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_mutants_that_are_ended_leave_no_temporary_folder(
    tmp_path: Path, number: signal.Signals
) -> None:
    command = ("contract_tests.mutants", "--clean-seeds", "1", "--engine", "processes")
    with running(tmp_path, *command) as process:
        until_there(tmp_path / "tmp")
        os.killpg(process.pid, number)
        said = process.communicate(timeout=ENDED_WITHIN_S)[0]

    assert process.returncode == CTRL_C, said
    assert "Interrupted" in said
    assert left(tmp_path) == []


def until_there(folder: Path) -> None:
    """Return once a stack's logs are in a folder of the temporary folder."""
    for _ in range(600):
        if list(folder.glob("*/logs/*.log")):
            return
        signal.sigtimedwait([], 0.1)
