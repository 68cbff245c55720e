"""What the commands of the contract suite leave with where nothing was tried, or not to its end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reports.judgement.findings import headline
from reports.record.record import read_record
from tests.integration.flawed import document, flawed
from tests.integration.test_load_endings import DIES, RPC
from tests.integration.test_load_run import ROOT, STACK, STUB

pytestmark = pytest.mark.timeout(120)

SUITE = ROOT / "contract_tests"
# The command, whose reference system is another.
OTHER_REFERENCE = """
import sys
from pathlib import Path
from testcontainers_fixtures.project import reference_system
reference_system.STACK_FILE = Path(sys.argv.pop(1))
from contract_tests.mutants.__main__ import app
app()
"""


def command(module: str, *options: str) -> list[str]:
    return [sys.executable, "-m", module, *options]


def begun(folder: Path, words: list[str]) -> "subprocess.Popen[str]":
    """Begin a command in a folder of its own."""
    return subprocess.Popen(
        words,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(folder: Path, words: list[str]) -> "subprocess.CompletedProcess[str]":
    run = begun(folder, words)
    output, errors = run.communicate(timeout=100)
    return subprocess.CompletedProcess(words, run.returncode, output, errors)


def test_mutants_of_a_system_that_does_not_start_fail_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "stack.toml").write_text(DIES)
    words = [sys.executable, "-c", OTHER_REFERENCE, "stack.toml", "--clean-seeds=1"]

    ended = done(tmp_path, [*words, "--engine=processes"])

    assert ended.returncode == 1, ended.stdout
    assert "no licence found" in ended.stdout
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("tolerance", [[], ["--tolerant"]], ids=["by itself", "tolerant"])
def test_faults_of_a_system_that_does_not_start_fail_with_its_last_words(
    tmp_path: Path, tolerance: list[str]
) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(DIES + RPC)
    options = ["--stack", str(file), "--engine=processes", "--cold-starts=0", "--site=site"]
    options += ["--fault=broker-frozen", "--fault=service-paused", "--fault=broker-stopped"]

    ended = done(tmp_path, command("contract_tests.faults", *options, *tolerance))
    [folder] = (tmp_path / "site").glob("*-faults")

    assert ended.returncode == 1, ended.stdout
    assert "no licence found" in ended.stderr
    assert headline(read_record(folder)).startswith("Does not hold: 0 faults tried")


def test_a_session_in_which_nothing_applies_is_no_success(tmp_path: Path) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(stub=STUB))
    options = ["--record", "--site=site", f"--stack-file={file}", "--engine=processes"]

    ended = done(tmp_path, command("pytest", *options, f"--rootdir={ROOT}", str(SUITE)))
    [folder] = (tmp_path / "site").glob("*-e2e")

    assert ended.returncode == 3, ended.stdout
    assert headline(read_record(folder)).startswith("Not applicable: ")


@pytest.mark.long
def test_an_interrupted_session_leaves_with_130_and_publishes_nothing(tmp_path: Path) -> None:
    with flawed() as gateway:
        options = [f"--gateway={gateway.url}", f"--schema=echo={document(tmp_path)}", "--site=site"]
        run = begun(tmp_path, command("contract_tests", *options))
        until_s = time.monotonic() + 30
        while len(gateway.asked) < 20 and time.monotonic() < until_s:
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        output, errors = run.communicate(timeout=30)

    assert run.returncode == 130, output
    assert "nothing is published" in output
    assert "Traceback" not in errors
    assert not list((tmp_path / "site").glob("*/run.json"))
