"""What `--users FILE` names: looked at in a process of its own before anything is started."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from loadtests.plan.own_users import OPTION, OwnUsers, UsersRefusal, look_in
from loadtests.sweep.locust_process import own_packages_first
from testcontainers_fixtures.errors import SpecError

WITHIN_S: Final = 60.0
# By its name: locust, which it imports, would change this process.
_CHECK: Final = "loadtests.generator.users.users_check"


def own_users(file: Path) -> OwnUsers:
    """Return what a users file has; raise SpecError, in one sentence, for what cannot be used."""
    file = file.absolute()
    if not file.is_file():
        raise SpecError(
            f"{OPTION} takes a Python file with locust's user classes; no {file} is there."
        )
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", _CHECK, str(file)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=own_packages_first(),
            timeout=WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SpecError(
            f"{OPTION} {file} was not imported within {WITHIN_S:.0f} s; move what it waits for "
            f"into on_start."
        ) from error
    try:
        look = look_in(done.stdout.rpartition(b"\n")[2])
    except ValueError as error:
        words = " ".join(done.stderr.decode(errors="replace").split()[-40:])
        raise SpecError(f"{OPTION} {file} ended the process that imports it: {words}") from error
    if isinstance(look, UsersRefusal):
        raise SpecError(look.sentence)
    return look.users
