"""Processes and descriptors of a copy are counted where this machine's kernel knows them."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from testcontainers_fixtures.engines.attached import AttachedPart
from testcontainers_fixtures.process_inventory import ProcessInventory, census_of

# Two processes; the first holds 10 descriptors more than it began with.
HOLDER = (
    "import os, time\n"
    "if os.fork() == 0: time.sleep(60)\n"
    "kept = [open('/dev/null') for _ in range(10)]\n"
    "print(len(os.listdir('/proc/self/fd')) - 1, flush=True)\n"  # one is the listing's own
    "time.sleep(60)"
)


class Copy:
    """A copy with a process of this machine."""

    name, url = "copy", "http://127.0.0.1:1"

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def alive(self) -> bool:
        return bool(self.pid)

    def log_tail(self, lines: int = 20) -> str:
        return str(lines)

    def stop(self, *, grace_s: float) -> None:
        raise NotImplementedError(grace_s)


@pytest.fixture
def holder() -> Iterator[tuple[int, int]]:
    """Start a process with a child; give its id and how many descriptors it holds."""
    command = [sys.executable, "-c", HOLDER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout
        held = int(process.stdout.readline())
        yield process.pid, held
        os.killpg(process.pid, 9)


def test_descendants_and_all_their_descriptors_count(holder: tuple[int, int]) -> None:
    pid, held = holder
    census = census_of(Copy(pid))

    assert census is not None
    assert census.processes == 2
    assert census.descriptors == held + held - 10


def test_a_copy_that_is_gone_or_elsewhere_has_no_census() -> None:
    assert census_of(Copy(0)) is None
    assert census_of(AttachedPart(name="far", url="http://127.0.0.1:1")) is None


def test_copies_are_counted_together() -> None:
    both = ProcessInventory(processes=1, descriptors=7) + ProcessInventory(
        processes=2, descriptors=20
    )

    assert both == ProcessInventory(processes=3, descriptors=27)
