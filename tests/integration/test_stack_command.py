"""The command that holds a stack starts as many of each part as it is told, seeded or empty."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from testcontainers_fixtures.engines.process_table import Process, living, setting

ROOT = Path(__file__).parents[2]
OPTIONS = ["--resolvers=2", "--workers=2", "--gateway-workers=2", "--prefetch=4", "--no-seeded"]
ENDS_WITHIN_S = 60.0


@pytest.mark.timeout(150)
def test_a_stack_is_held_with_the_numbers_and_the_data_that_were_asked_for(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "testcontainers_fixtures", "--engine", "processes", "--json"]
    with subprocess.Popen(
        [*command, *OPTIONS, f"--run-folder={tmp_path}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as holder:
        try:
            assert holder.stdout is not None
            held = json.loads(holder.stdout.readline())
            rows = httpx.get(f"{held['gateway']}/clients", timeout=10).json()
            parts = [one for one in living() if one.parent == holder.pid]
            prefetch = [setting(one.pid, "RESOLVER_PREFETCH") for one in parts]
            workers = {_told(one): _workers(one) for one in parts}
        finally:
            holder.terminate()
            _, said = holder.communicate(timeout=ENDS_WITHIN_S)

    assert holder.returncode == 0
    assert "Expected" not in said, said
    assert rows == []
    assert prefetch.count("4") == 2  # a resolver each
    for url in (held["gateway"], *held["services"].values()):
        assert [count for told, count in workers.items() if url.rpartition(":")[2] in told] == [2]


def _told(part: Process) -> str:
    """Return the command line that a part was started with."""
    return Path(f"/proc/{part.pid}/cmdline").read_text(errors="replace")


def _workers(part: Process) -> int:
    return sum(one.session == part.pid != one.pid for one in living())
