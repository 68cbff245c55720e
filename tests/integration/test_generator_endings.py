"""A load process that dies fails its run, with its last words, whatever else was measured."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reports.judgement.findings import headline
from reports.record.measurements import BY
from reports.record.record import LoadRun, read_record
from tests.integration.load_processes import kill
from tests.integration.test_load_endings import first_line
from tests.integration.test_load_run import ROOT, STACK, STUB
from tests.integration.test_load_target import server

__all__ = ["server"]

pytestmark = pytest.mark.timeout(150)

LOAD = (sys.executable, "-m", "loadtests", "--tolerant")
TWO = ("--resolvers=1", "--workers=1,2", "--repetitions=1", "--duration=1")
NO_LOCUST = "raise SystemExit('no licence for this generator')\n"


def begun(site: Path, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*LOAD, "--site", str(site), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def record_in(site: Path) -> tuple[Path, LoadRun]:
    [folder] = site.glob("*-load")
    record = read_record(folder)
    assert isinstance(record, LoadRun)
    return folder, record


@pytest.mark.alone
@pytest.mark.long
def test_one_dead_generator_of_two_fails_the_run_which_goes_on_from_there(tmp_path: Path) -> None:
    file, site = tmp_path / "stack.toml", tmp_path / "site"
    file.write_text(STACK.format(stub=STUB))

    run = begun(site, "--stack", str(file), "--engine=processes", *TWO)
    kill(site, "rows-1x2x1x32-1", run, after_s=1.5)
    output, errors = run.communicate(timeout=90)
    folder, record = record_in(site)
    [first], [second] = (one.repetitions for one in record.configurations)

    assert run.returncode == 1, output
    assert "Traceback" not in errors
    assert first.common
    assert second.common is None
    assert [one.subject for one in record.unmeasured] == [f"rows 1{BY}2, repetition 1"]
    assert "The load process was ended by SIGKILL" in first_line(site)
    assert f"Go on with: python -m loadtests --resume {folder}" in errors

    whole = begun(site, "--resume", str(folder))
    output, errors = whole.communicate(timeout=90)
    _, record = record_in(site)

    assert whole.returncode == 0, output + errors
    assert record.unmeasured == ()
    assert all(one.repetitions[0].common for one in record.configurations)


def test_a_dead_generator_of_a_target_fails_the_run(server: int, tmp_path: Path) -> None:
    options = ("--target", f"http://127.0.0.1:{server}", "--request", "GET /rows")

    run = begun(tmp_path, *options, "--rate=50", "--duration=5")
    kill(tmp_path, "target", run, after_s=3.0)
    output, errors = run.communicate(timeout=60)
    _, record = record_in(tmp_path)

    assert run.returncode == 1, output
    assert headline(record).startswith("Unknown: 0 configurations measured")
    assert "target at 50 requests/s: The load process was ended by SIGKILL" in errors


def test_a_generator_that_cannot_start_ends_the_run_at_once(tmp_path: Path) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(stub=STUB))
    (tmp_path / "locust").mkdir()
    (tmp_path / "locust" / "__init__.py").write_text(NO_LOCUST)

    done = subprocess.run(
        [*LOAD, "--site", str(tmp_path / "site"), "--stack", str(file), "--engine=processes", *TWO],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1, done.stdout
    assert "no licence for this generator" in done.stderr
    assert "Traceback" not in done.stderr
    assert "gate" not in done.stdout  # no stack was started for it
