"""What the load side is asked beyond a sweep: from the command line to the record, on a stub.

Each run is short, so what it comes to may be unknown (3) on a busy machine; that it was asked, run
and kept is what counts here. How right the answers are, `tests/truth` says.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reports.record.record import LoadRun, read_record
from tests.integration.test_load_run import ROOT, STACK, STUB, load

ENDS_WITHIN_S = 200.0
SHORT = ("--duration=1", "--repetitions=1")
SLO_MS = 400.0

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    """Write the stack file of the stub gateway."""
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(stub=STUB))
    return file


def ended(process: "subprocess.Popen[str]") -> str:
    """Return what a run said, which must have come to something."""
    said, _ = process.communicate(timeout=ENDS_WITHIN_S)
    assert process.returncode in {0, 1, 3}, said
    assert "Traceback" not in said
    return said


def record(stack_file: Path) -> tuple[Path, LoadRun]:
    [folder] = (stack_file.parent / "site").glob("*-load*")
    told = read_record(folder)
    assert isinstance(told, LoadRun)
    return folder, told


def page(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.long
def test_a_question_of_which_no_model_can_be_made_is_answered_as_unknown_and_kept(
    stack_file: Path,
) -> None:
    said = ended(load(stack_file, "--target-rate=60", f"--slo-p99-ms={SLO_MS}", *SHORT))
    folder, told = record(stack_file)
    [capacity] = told.capacity

    assert capacity.answer is not None
    assert capacity.answer.question.rate_per_s == 60
    assert capacity.outlooks is not None or capacity.reasons["outlooks"]
    assert capacity.answer.sentence in page(folder)
    assert f"Page: {folder / 'index.html'}" in said


@pytest.mark.long
def test_as_few_configurations_as_it_takes_are_measured_for_the_best(stack_file: Path) -> None:
    ended(load(stack_file, "--search", "--workers=1,2,3", "--resolvers=1", *SHORT))
    _, told = record(stack_file)

    assert 2 <= len(told.configurations) <= 3


@pytest.mark.long
def test_the_highest_rate_within_an_slo_is_looked_for_rate_by_rate(stack_file: Path) -> None:
    asked = ("--search-rate", f"--slo-p99-ms={SLO_MS}", "--workers=1", "--resolvers=1")
    ended(load(stack_file, *asked, *SHORT))
    _, told = record(stack_file)
    [search] = told.rate_searches

    assert search.slo_p99_ms == SLO_MS
    assert len(search.probes) >= 2


@pytest.mark.long
def test_repetitions_end_once_their_interval_is_as_narrow_as_asked(stack_file: Path) -> None:
    ended(load(stack_file, "--until-ci=90%", "--workers=1", "--resolvers=1", "--duration=1"))
    _, told = record(stack_file)
    [one] = told.configurations

    assert 2 <= len(one.repetitions) < 20


@pytest.mark.long
def test_of_two_scenarios_each_has_a_model_or_says_why_not(stack_file: Path) -> None:
    again = STACK.partition("[scenarios.rows]")[2].partition("[telemetry]")[0]
    again = again.replace("scenarios.rows", "scenarios.again")
    more = f"[scenarios.again]{again}".format()
    stack_file.write_text(stack_file.read_text().replace("[telemetry]", f"{more}[telemetry]"))
    ended(load(stack_file, "--workers=1", "--resolvers=1", "--quick", "--duration=1"))
    _, told = record(stack_file)

    assert {one.scenario for one in told.capacity} == {"rows", "again"}
    assert all(one.outlooks or one.reasons["outlooks"] for one in told.capacity)


def test_a_run_that_was_broken_off_is_gone_on_with(stack_file: Path) -> None:
    options = ("--workers=1,2", "--resolvers=1", "--repetitions=2", "--duration=1")
    broken = load(stack_file, *options)
    kept = _kept_of(stack_file, broken)
    broken.send_signal(signal.SIGINT)
    said, _ = broken.communicate(timeout=ENDS_WITHIN_S)
    command = [sys.executable, "-m", "loadtests", f"--resume={kept}"]
    resumed = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    ended(resumed)
    _, told = record(stack_file)

    assert broken.returncode == 130, said
    assert f"--resume {kept}" in " ".join(said.split())
    assert [len(one.repetitions) for one in told.configurations] == [2, 2]


def _kept_of(stack_file: Path, process: "subprocess.Popen[str]") -> Path:
    """Return the folder of a run once it has kept a repetition."""
    until_s = time.monotonic() + ENDS_WITHIN_S
    while time.monotonic() < until_s and process.poll() is None:
        for folder in (stack_file.parent / "site").glob("*-load*"):
            if list(folder.rglob("kept.json")):
                return folder
        time.sleep(0.2)
    raise AssertionError(f"Nothing was kept; the run ended with {process.poll()}.")
