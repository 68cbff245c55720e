"""What started a run, as a line that may be pasted: whoever wrote the record could choose it."""

import shlex
from typing import Final

UNKNOWN: Final = "# The record names no command of this project."
_OURS: Final = ("pytest", "loadtests", "contract_tests", "reports", "testcontainers_fixtures")


def pasteable(command: str) -> str:
    """Return a run's command, each word quoted for a shell; a remark for one that is not ours."""
    try:
        words = shlex.split(command)
    except ValueError:
        return UNKNOWN
    return shlex.join(words) if _is_ours(words) and command.isprintable() else UNKNOWN


def _is_ours(words: list[str]) -> bool:
    match words:
        case ["nox", "-s", *_] | ["gatewaybench", *_]:
            return True
        case ["python", "-m", module, *_]:
            return module.partition(".")[0] in _OURS
        case _:
            return False
