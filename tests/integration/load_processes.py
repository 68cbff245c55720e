"""Finds a run's load processes, to kill one or to have it stand still as on a busy machine."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import subprocess

SEEN_WITHIN_S: Final = 60.0
# Longer than a loop may stand still (50 ms), and often enough to be in every phase.
STILL_S: Final = 0.15
EVERY_S: Final = 0.4


def kill(site: Path, trial: str, run: "subprocess.Popen[str]", *, after_s: float) -> None:
    """Kill a trial's load process, so long after it was told its plan."""
    until_s = time.monotonic() + SEEN_WITHIN_S
    while time.monotonic() < until_s and run.poll() is None:
        for number in driving(site, trial):
            time.sleep(after_s)
            os.kill(number, signal.SIGKILL)
            return
        time.sleep(0.05)
    raise AssertionError(f"No load process of {trial} was seen.")


@contextmanager
def standing_still(site: Path, trial: str) -> Iterator[None]:
    """Have a trial's load process get no time now and then, as if others had its core."""
    over = Event()
    thread = Thread(target=_stall, args=(site, trial, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=5)


def driving(site: Path, trial: str) -> list[int]:
    """Return the load processes of a trial that have their plan."""
    return [
        number
        for number, words in running(site)
        if "locust" in words
        and any(one.endswith(f"/{trial}/plan.json") and Path(one).exists() for one in words)
    ]


def running(site: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the command line of each process that names a folder."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_text(errors="replace").split("\0")
            if any(str(site) in one for one in words):
                yield int(process.name), words


def _stall(site: Path, trial: str, over: Event) -> None:
    while not over.wait(EVERY_S):
        for number in driving(site, trial):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGSTOP)
                time.sleep(STILL_S)
                os.kill(number, signal.SIGCONT)
