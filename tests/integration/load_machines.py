"""Starts the commands of a load run from several machines, and finds what they left running."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
WITHIN_S: Final = 150.0
_LOOK_S: Final = 0.05
_WARMED_UP_S: Final = 9.0


def command(
    words: Sequence[str],
    log: Path,
    *,
    environment: dict[str, str] | None = None,
    prefix: Sequence[str] = (),
) -> "subprocess.Popen[bytes]":
    """Start one of the package's commands; what it says goes to a file."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "loadtests", *words],
            cwd=ROOT,
            env=os.environ | {"COLUMNS": "400"} | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


@contextmanager
def workers(
    folder: Path, port: int, *names: str, environment: dict[str, str] | None = None
) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
    """Start a worker command for each name; none is left at the end."""
    options = ("--master-port", str(port), "--max-wait", "60")
    started = {
        name: command(
            ("worker", "--name", name, *options), folder / f"{name}.log", environment=environment
        )
        for name in names
    }
    try:
        yield started
    finally:
        for one in started.values():
            one.kill()
            one.wait(timeout=10)


def expecting(count: int, port: int, *, within_s: float = 60.0) -> list[str]:
    """Return the options of a run that waits for so many workers."""
    options = ["--expect-workers", str(count), "--expect-workers-max-wait", f"{within_s:g}"]
    return [*options, "--master-bind-port", str(port)]


def said(log: Path) -> str:
    """Return what a command said, without the breaks that a terminal's width makes."""
    return " ".join(log.read_text(encoding="utf-8", errors="replace").split())


def until_said(text: str, log: Path, *, times: int = 1, within_s: float = WITHIN_S) -> None:
    """Wait until a command has said something so often."""
    ends_s = time.monotonic() + within_s
    while said(log).count(text) < times:
        if time.monotonic() > ends_s:
            raise AssertionError(f"{text!r} was not said in {within_s:.0f} s: {said(log)}")
        time.sleep(_LOOK_S)


def await_the_open_phase(folder: Path, *names: str) -> None:
    """Wait until the warm-up of a run's one trial is over: 5 s at most after all have joined it.

    They had joined the roll call before; the phase is to go on for 15 s.
    """
    for name in names:
        until_said("Taking part in the run", folder / f"{name}.log", times=2)
    time.sleep(_WARMED_UP_S)


def left_running(port: int, *, within_s: float = 20.0) -> list[str]:
    """Return the load processes that still have to do with a port, once they had time to end."""
    ends_s = time.monotonic() + within_s
    while (found := list(running(port))) and time.monotonic() < ends_s:
        time.sleep(_LOOK_S)
    return found


def worker_process(port: int, name: str) -> int:
    """Return the locust process that a worker command has running."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_text(errors="replace").split("\0")
            if "locust" in words and str(port) in words and name in words:
                return int(process.name)
    raise LookupError(f"No locust worker of {name} runs.")


def interrupt(process: "subprocess.Popen[bytes]", *, within_s: float = 60.0) -> int:
    """Press Ctrl-C, and return what the command left with."""
    process.send_signal(signal.SIGINT)
    return process.wait(timeout=within_s)


def running(port: int) -> Iterator[str]:
    """Yield the command lines of the load processes and commands that have to do with a port."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_text(errors="replace").split("\0")
            if str(port) in words and ({"locust", "loadtests"} & set(words)):
                yield " ".join(words)
