"""A locust process as the system has it: how it is begun and ended, and what it said last."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from testcontainers_fixtures.engines.surroundings import Surroundings
from testcontainers_fixtures.output.redaction import hidden

GRACE_S: Final = 3.0
# What locust takes for its own options, in the environment.
LOCUSTS: Final = "LOCUST_"
_ROOT: Final = Path(__file__).parents[2]
_LOCUSTFILE: Final = _ROOT / "loadtests" / "locustfile.py"
_LOG_LINES: Final = 4


def locust_command() -> list[str]:
    """Return how a load process is started; what it is to be comes behind."""
    command = [sys.executable, "-P", "-m", "locust", "-f", str(_LOCUSTFILE), "--headless"]
    return [*command, "--only-summary", "--loglevel", "WARNING"]


def begin(command: Sequence[str], *, folder: Path, log: Path) -> "subprocess.Popen[bytes]":
    """Start a process in a folder; `log` has what it complains of, its output is for who reads it.

    It has a session of its own: Ctrl-C reaches its parent alone, which then ends it in order. It
    dies with its parent from the first moment on, long before locust is imported.
    """
    around = Surroundings(environment=own_packages_first(), cwd=folder)
    with log.open("wb") as errors:
        return subprocess.Popen(
            around.leashed(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=around.cwd,
            env=around.environment,
            start_new_session=True,
        )


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process within a bound, and read no more of it; safe to call twice."""
    process.terminate()
    try:
        process.wait(timeout=GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=GRACE_S)
    finally:
        if process.stdout:
            process.stdout.close()


def last_words(log: Path) -> str:
    """Return the last lines of what it complained of, without secrets, or that it said nothing."""
    text = hidden(log.read_text(encoding="utf-8", errors="replace"))
    lines = text.split("\nType ", 1)[0].splitlines()
    return " ".join(lines[-_LOG_LINES:]) or "it said nothing."


def own_packages_first() -> dict[str, str]:
    """Return the environment of a child that is to import our packages, whoever else has such."""
    # Locust takes options from LOCUST_*, and from the pyproject.toml and locust.conf of the folder
    # it runs in: somebody's settings must not change what is measured.
    kept = {name: text for name, text in os.environ.items() if not name.startswith(LOCUSTS)}
    path = os.pathsep.join(filter(None, (str(_ROOT), kept.get("PYTHONPATH"))))
    return kept | {"PYTHONPATH": path}
