"""What a child process finds around it: its settings, its folder, its Python, whom it runs as."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from testcontainers_fixtures.engines.engine import Place
from testcontainers_fixtures.errors import MissingNeedError, StackError
from testcontainers_fixtures.output.redaction import hidden

PARENT_DEATH: Final = Path(__file__).with_name("parent_death.py")
PASSED_ON = ("HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "LD_LIBRARY_PATH")
Account = pwd.struct_passwd
PYTHON: Final = frozenset({"python", "python3"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """All that a program sees but for its arguments; `user` is "" for whom the harness runs as."""

    environment: Mapping[str, str]
    cwd: Path
    user: str = ""
    python: Path = Path(sys.executable)

    def located(self, command: Sequence[str], part: str) -> tuple[str, ...]:
        """Return a command with the path of its program; raise MissingNeedError without one."""
        program, *arguments = command
        if program in PYTHON:
            return (str(self.python), *arguments)
        # A path is one from where the part runs, and a bare name one of PATH.
        named = str(self.cwd / program) if os.sep in program else program
        found = shutil.which(named, path=self.environment["PATH"])
        if found is None:
            raise MissingNeedError(
                f"Expected the program {program!r} of {part} beside {self.python} or on PATH; it "
                "is not there: install it into this environment."
            )
        return (found, *arguments)

    def leashed(self, command: Sequence[str]) -> tuple[str, ...]:
        """Return the command that becomes another as the right user, and dies with this process."""
        own = (sys.executable, "-I", "-S", str(PARENT_DEATH), str(os.getpid()), self.user)
        return (*own, *command)

    def ran(self, command: Sequence[str], part: str, *, within_s: float) -> tuple[int, str]:
        """Run a command to its end and return its code and what it said."""
        try:
            done = subprocess.run(
                self.leashed(self.located(command, part)),
                cwd=self.cwd,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=within_s,
                check=False,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            raise StackError(f"{command[0]} did not end within {within_s:.1f} s") from None
        return done.returncode, hidden(done.stdout.decode(errors="replace"))


def surroundings(
    place: Place, part: str, *, root: Path, settings: Mapping[str, str]
) -> Surroundings:
    """Return what a part finds; raise MissingNeedError for what is not on this machine."""
    cwd = root / place.folder
    if not cwd.is_dir():
        raise MissingNeedError(f"Expected the folder {cwd} of {part}; it is not there.")
    known = account(place.user, part)
    venv = cwd / place.python if place.python else None
    python = _python_of(venv, part) if venv else Path(sys.executable)
    own = {"HOME": known.pw_dir, "USER": known.pw_name, "LOGNAME": known.pw_name} if known else {}
    return Surroundings(
        environment=minimal_environment(python) | own | dict(settings),
        cwd=cwd,
        user=known.pw_name if known else "",
        python=python,
    )


def minimal_environment(python: Path = Path(sys.executable)) -> dict[str, str]:
    """Return what every child may know of the harness's environment: no secret, no option.

    The programs beside a Python, the running one unless another is given, come first on PATH.
    """
    programs = str(python.parent)
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        "LANG": "C.UTF-8",
        **kept,
        "PATH": os.pathsep.join((programs, os.environ.get("PATH", os.defpath))),
        "VIRTUAL_ENV": str(python.parent.parent),
        "PYTHONUNBUFFERED": "1",
    }


def account(user: str, part: str) -> Account | None:
    """Return whom a part is to run as; None where that is whom the harness runs as.

    Only root may run a program as another; raises MissingNeedError for a user that is not there.
    """
    if not user or os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise MissingNeedError(
            f"Expected a user {user!r} on this machine, to run {part} as; there is none: make one "
            f"(`useradd --system {user}`), or name one that is there, such as `nobody`."
        ) from None


def _python_of(venv: Path, part: str) -> Path:
    python = venv / "bin" / "python"
    if not python.exists():
        raise MissingNeedError(
            f"Expected a virtual environment for {part} at {venv}; there is no {python}: make it"
            f" (`python3 -m venv {venv}`) and install into it what the part needs."
        )
    return python
