"""What must be done once is done by one harness at a time, and no wait is for ever."""

import subprocess
import sys
from pathlib import Path

import pytest

from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.folders.lock_file import exclusive

HOLDER = """
import pathlib, sys, time
from testcontainers_fixtures.folders.lock_file import exclusive
with exclusive(pathlib.Path(sys.argv[1]), doing="holding", timeout_s=1):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_harness_waits_for_another_not_for_ever_and_a_dead_one_holds_nothing(
    tmp_path: Path,
) -> None:
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(StackError, match=r"Another harness has been waiting for 0 s"),
            exclusive(lock, doing="waiting", timeout_s=0.3),
        ):
            pass
        holder.kill()
    with exclusive(lock, doing="waiting", timeout_s=1):
        freed = True

    assert freed
