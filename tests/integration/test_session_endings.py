"""A pytest session whose stack cannot start ends at once, with one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from contract_tests.recording.session_record import typed
from tests.integration.test_load_endings import DIES
from tests.integration.test_load_run import ROOT

pytestmark = pytest.mark.timeout(90)

TESTS = """
def test_one(stack): ...
def test_two(stack): ...
"""


RECORDED = ("-p", "contract_tests.recording.session_record", "--record", "--site=site")


@pytest.mark.parametrize("more", [(), RECORDED], ids=["not kept", "kept"])
def test_a_part_that_ends_before_it_is_ready_ends_the_session_with_its_last_words(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_stack.py").write_text(TESTS)
    (tmp_path / "stack.toml").write_text(DIES)
    options = ["-p", "testcontainers_fixtures.plugin", *more, "--engine", "processes"]
    command = [sys.executable, "-m", "pytest", *options, "--stack-file=stack.toml"]

    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
    )

    assert done.returncode == 1, done.stdout
    assert done.stdout.count("gate ended before it was ready") == 1
    assert "no licence found" in done.stdout
    assert "Traceback" not in done.stdout
    assert "2 failed" not in done.stdout


@pytest.mark.parametrize(
    ("process", "session", "command"),
    [
        (
            ["/bin/python", "-m", "contract_tests", "--gateway", "URL"],
            ["/tmp/suite", "--record"],  # noqa: S108 -- a path that nobody opens
            ["python", "-m", "contract_tests", "--gateway", "URL"],
        ),
        (
            ["/bin/python", "-m", "pytest", "--record", "tests"],
            ["--record", "tests"],
            ["python", "-m", "pytest", "--record", "tests"],
        ),
        (["/bin/pytest", "tests"], ["tests"], ["python", "-m", "pytest", "tests"]),
    ],
)
def test_a_record_has_the_command_that_was_typed(
    process: list[str], session: list[str], command: list[str]
) -> None:
    assert typed(process, session) == command
