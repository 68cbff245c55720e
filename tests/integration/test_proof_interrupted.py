"""Ctrl-C in the middle of a fault: it is mended, all is ended, nothing is published."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from testcontainers_fixtures.engines.child import wait_until
from testcontainers_fixtures.engines.orphans import VARIABLE, Label
from testcontainers_fixtures.engines.process_table import Process, living, setting

ROOT = Path(__file__).parents[2]
FROZEN = "T"
STRUCK_WITHIN_S = 60.0
ENDED_WITHIN_S = 30.0
GONE_WITHIN_S = 5.0
CTRL_C = 130


@pytest.mark.timeout(120)
def test_after_ctrl_c_while_a_fault_lasts_nothing_is_left_and_it_is_told(tmp_path: Path) -> None:
    words = ("--engine", "processes", "--fault", "service-paused", "--site", str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-m", "contract_tests.faults", *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,  # as at a terminal: Ctrl-C reaches the group as a whole
    ) as command:
        try:
            struck = wait_until(lambda: _frozen(command.pid), timeout_s=STRUCK_WITHIN_S)
            os.killpg(command.pid, signal.SIGINT)
            said = command.communicate(timeout=ENDED_WITHIN_S)[1]
        finally:
            command.kill()

    assert struck
    assert command.returncode == CTRL_C, said
    assert said.splitlines()[-1].startswith("Interrupted; every stack is stopped")
    assert "Traceback" not in said
    assert wait_until(lambda: not list(_started_by(command.pid)), timeout_s=GONE_WITHIN_S)
    assert not list(tmp_path.rglob("*.html"))


def _frozen(harness: int) -> bool:
    return any(one.state == FROZEN for one in _started_by(harness))


def _started_by(harness: int) -> Iterator[Process]:
    for one in living():
        label = Label.parse(setting(one.pid, VARIABLE) or "")
        if label is not None and label.harness == harness:
            yield one
