"""What every child process may know of the harness's environment: no secret, no option."""

import os
import sys
from pathlib import Path

PASSED_ON = ("HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "LD_LIBRARY_PATH")


def minimal_environment() -> dict[str, str]:
    """Return what every child may know of the harness's environment: no secret, no option.

    The running interpreter's programs come first on PATH.
    """
    programs = str(Path(sys.executable).parent)
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        "LANG": "C.UTF-8",
        **kept,
        "PATH": os.pathsep.join((programs, os.environ.get("PATH", os.defpath))),
        "VIRTUAL_ENV": sys.prefix,
        "PYTHONUNBUFFERED": "1",
    }
