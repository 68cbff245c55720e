"""A command is run to its end, without a shell and within its bound, and what it said is kept."""

import sys
import time
from pathlib import Path

import pytest

from testcontainers_fixtures.engines.child import wait_until
from testcontainers_fixtures.errors import MissingNeedError
from testcontainers_fixtures.scaling.command_runs import CommandRuns, ScalingError
from testcontainers_fixtures.scaling.scaling_commands import ScalingCommand

# Fails until it has been run so often.
AT_LAST = """
import pathlib, sys
tried = pathlib.Path("tried")
tried.write_text((tried.read_text() if tried.exists() else "") + "x")
print("not yet")
sys.exit(len(tried.read_text()) < int(sys.argv[1]))
"""
# Leaves a child behind, in its own group, that holds the output open.
LEAVES = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", sys.argv[1]])
print("begun", flush=True)
"""


def command(code: str, *words: str, repeated: bool = False) -> ScalingCommand:
    return ScalingCommand(
        key="settled", words=(sys.executable, "-c", code, *words), repeated=repeated
    )


def runs(folder: Path, within_s: float = 10.0) -> CommandRuns:
    return CommandRuns(folder=folder, log=folder / "logs" / "scaling.log", within_s=within_s)


def test_it_is_run_in_the_folder_and_no_shell_reads_its_words(tmp_path: Path) -> None:
    code = "import pathlib, sys; pathlib.Path('seen').write_text(sys.argv[1])"
    runs(tmp_path).run(command(code, "$HOME; *"))

    assert (tmp_path / "seen").read_text() == "$HOME; *"


def test_what_is_repeated_is_run_until_it_ends_with_0(tmp_path: Path) -> None:
    runs(tmp_path).run(command(AT_LAST, "2", repeated=True))

    assert (tmp_path / "tried").read_text() == "xx"
    assert (tmp_path / "logs" / "scaling.log").read_text().count("\nnot yet\n(ended with ") == 2


def test_what_is_not_repeated_fails_at_once_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(ScalingError, match=r"it ended with 1\. It said:\nnot yet"):
        runs(tmp_path).run(command(AT_LAST, "2"))

    assert (tmp_path / "tried").read_text() == "x"


def test_what_is_repeated_has_the_bound_as_a_whole(tmp_path: Path) -> None:
    begun_s = time.monotonic()
    with pytest.raises(ScalingError, match=r"within 2 s; it ended with 1\. It said:\nnot yet"):
        runs(tmp_path, within_s=2.0).run(command(AT_LAST, "99", repeated=True))

    assert time.monotonic() - begun_s < 5


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    hangs = LEAVES + "import time; time.sleep(60)"
    begun_s = time.monotonic()
    with pytest.raises(ScalingError, match=r"it did not end\. It said:\nbegun"):
        runs(tmp_path, within_s=1.0).run(command(hangs, str(tmp_path)))

    assert time.monotonic() - begun_s < 5
    # Nobody waits for an orphan: it is gone a moment after it was killed.
    assert wait_until(lambda: not alive(str(tmp_path)), timeout_s=5.0)


def test_one_whose_program_is_not_there_is_told_before_any_is_run(tmp_path: Path) -> None:
    absent = ScalingCommand(key="reset", words=("no-such-program", "x"))
    (tmp_path / "mine").symlink_to(sys.executable)
    present = ScalingCommand(key="reset", words=("./mine", "-c", ""))

    runs(tmp_path).require_programs([present])
    runs(tmp_path).run(present)
    with pytest.raises(MissingNeedError, match=r"'no-such-program', which reset of \[attach\]"):
        runs(tmp_path).require_programs([present, absent])


def alive(word: str) -> list[str]:
    """Return the running processes whose command line ends with a word."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if word.encode() in words:
            found.append(process.name)
    return found
