"""A port is given to one harness of the machine alone, for as long as it holds it."""

import gc
import subprocess
import sys

from testcontainers_fixtures.engines import free_ports
from testcontainers_fixtures.engines.free_ports import Ports, is_free

IN_ANOTHER_PROCESS = """
from testcontainers_fixtures.engines import free_ports
free_ports.LOWEST = {port} - 2
for _ in range(50):
    ports = free_ports.Ports()
    ports._highest = {port} + 2
    print(ports.pick())
"""


def test_each_is_given_once_and_nobody_listens_on_it() -> None:
    ports = Ports()
    given = [ports.pick() for _ in range(100)]

    assert len(set(given)) == len(given)
    assert all(is_free(port) for port in given)


def test_harnesses_that_start_together_never_get_the_same() -> None:
    ports = Ports()
    mine = ports.pick()
    script = IN_ANOTHER_PROCESS.format(port=mine)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    theirs = {int(port) for port in done.stdout.split()}

    # Of the five that they may take, one is claimed here, though nobody listens on it yet.
    assert theirs
    assert mine not in theirs


def test_it_is_free_for_others_once_its_harness_has_ended() -> None:
    ports = Ports()
    port = ports.pick()
    assert free_ports._claimed(port) is None  # noqa: SLF001 -- what another harness would see

    del ports
    gc.collect()

    claim = free_ports._claimed(port)  # noqa: SLF001
    assert claim
    claim.close()
