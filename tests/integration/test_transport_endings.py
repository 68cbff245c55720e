"""A comparison of transports in which one was not measured, or answered nothing, fails."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.load_processes import kill
from tests.integration.test_generator_endings import record_in
from tests.integration.test_load_endings import first_line
from tests.integration.test_load_run import ROOT

pytestmark = pytest.mark.timeout(120)

ONCE = ("--only=direct", "--repetitions=1", "--duration=1")


@pytest.fixture
def run(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Give a run of the transport that needs no broker."""
    command = [sys.executable, "-m", "loadtests.transports", "--site", str(tmp_path), "--tolerant"]
    with subprocess.Popen(
        [*command, *ONCE], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def kill_the_service(site: Path, run: "subprocess.Popen[str]", *, once: Path) -> None:
    """Kill it, as soon as there is a file."""
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s and run.poll() is None:
        found = _services(site) if once.exists() else []
        for number in found:
            os.kill(number, signal.SIGKILL)
        if found:
            return
        time.sleep(0.01)
    raise AssertionError("No service of it was seen.")


def _services(site: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if "srv_clients.main:app" in (process / "cmdline").read_text(
                errors="replace"
            ) and f"{site}/" in (process / "environ").read_text(errors="replace"):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def test_a_transport_whose_stack_does_not_start_is_named_with_its_last_words(
    run: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    kill_the_service(tmp_path, run, once=tmp_path)
    output, errors = run.communicate(timeout=60)

    assert run.returncode == 1, output
    assert errors.startswith("direct: srv_clients ended before it was ready")
    assert "Traceback" not in errors


def test_a_transport_that_answers_nothing_well_fails_the_run(
    run: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    [folder] = _appearing(tmp_path)
    kill_the_service(tmp_path, run, once=folder / "load" / "direct-1x1x1x32-1" / "plan.json")
    output, errors = run.communicate(timeout=60)

    assert run.returncode == 1, output + errors
    assert first_line(tmp_path).startswith("Does not hold")
    assert "Does not hold" in output


def test_a_transport_whose_generator_died_fails_the_run(
    run: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    kill(tmp_path, "direct-1x1x1x32-1", run, after_s=1.5)
    output, errors = run.communicate(timeout=60)
    _, record = record_in(tmp_path)

    assert run.returncode == 1, output
    assert len(record.unmeasured) == 1
    assert "Not measured: direct" in errors
    assert first_line(tmp_path).startswith("Unknown: 0 configurations measured")


def _appearing(site: Path) -> list[Path]:
    until_s = time.monotonic() + 20
    while time.monotonic() < until_s and not (found := list(site.glob("*-load"))):
        time.sleep(0.05)
    return found
