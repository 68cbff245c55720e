"""A load process comes up before its plan is known, and waits no longer than its runner lives."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from loadtests.plan.durations import FLOOR
from loadtests.plan.plan import Plan, PlannedCall, write
from loadtests.sweep.generator_floor import null_responder
from loadtests.sweep.load_process import plan_of, standby
from loadtests.sweep.trial import bare_plan, results_of
from testcontainers_fixtures.engines.child import wait_until
from testcontainers_fixtures.engines.process_usage import usage_of_tree
from testcontainers_fixtures.stack_spec import Telemetry

IDLE_S = 0.5
ROOT = Path(__file__).parent.parent.parent
WAIT = """
import sys, time
from pathlib import Path
from loadtests.sweep.load_process import standby
with standby(Path(sys.argv[1])) as process:
    print("waiting", flush=True)
    time.sleep(60)
"""


def waiting(folder: Path) -> list[int]:
    """Return the ids of the load processes whose plan lies in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text(errors="replace")
            state = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        except OSError:
            continue
        if "locust" in words and str(folder) in words and state != "Z":
            found.append(int(process.name))
    return found


def within(bound_s: float, folder: Path, *, there: bool) -> bool:
    until_s = time.monotonic() + bound_s
    while time.monotonic() < until_s:
        if bool(waiting(folder)) == there:
            return True
        time.sleep(0.02)
    return False


def idle(process: int) -> bool:
    """Tell whether it does next to nothing for a while."""
    before = usage_of_tree(process)
    time.sleep(IDLE_S)
    after = usage_of_tree(process)
    assert before
    assert after
    return after.cpu_s - before.cpu_s < 0.1 * IDLE_S


def plan_for(url: str, results: Path) -> Plan:
    plan = bare_plan(
        host=url,
        calls=(PlannedCall(name="nothing", request="GET /"),),
        seed=1,
        results=results,
        telemetry=Telemetry(),
    )
    return replace(plan, closed_users=2, common_per_s=100.0, timing=FLOOR)


@pytest.mark.parametrize("left", [True, False], ids=["of a run gone on with", "of a new run"])
def test_a_process_on_standby_drives_the_plan_that_it_is_told_later(
    tmp_path: Path, *, left: bool
) -> None:
    results = results_of(tmp_path, "one")
    if left:  # by a runner that has ended, in the middle of this very trial
        results.parent.mkdir(parents=True)
        write(plan_of(results), replace(plan_for("http://127.0.0.1:1", results), parent_pid=1))
    with null_responder() as url, standby(results) as process:
        time.sleep(2)
        found = process.drive(plan_for(url, results), lambda _: None)

        assert [one.users for one in found.levels] == [2]
        assert found.common
        assert found.common.samples == 120


def test_a_process_that_is_never_told_a_plan_ends_with_the_block(tmp_path: Path) -> None:
    with standby(results_of(tmp_path, "one")):
        assert within(10, tmp_path, there=True)
        time.sleep(2)

    assert not waiting(tmp_path)


def test_a_process_whose_runner_died_while_it_came_up_does_not_wait_for_a_plan(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", WAIT, str(results_of(tmp_path, "one"))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as runner:
        assert within(10, tmp_path, there=True)
        os.kill(runner.pid, signal.SIGKILL)  # long before locust is imported

    assert within(20, tmp_path, there=False)


def test_a_waiting_process_dies_with_its_runner(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WAIT, str(results_of(tmp_path, "one"))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout
        assert runner.stdout.readline() == "waiting\n"
        assert within(10, tmp_path, there=True)
        [process] = waiting(tmp_path)
        # Once locust is imported: the wait itself is what is tried.
        assert wait_until(lambda: idle(process), timeout_s=20)
        os.kill(runner.pid, signal.SIGKILL)

    assert within(2, tmp_path, there=False)
