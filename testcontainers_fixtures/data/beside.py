"""Runs commands beside the copies of a stack: in their place, with their settings, to their end."""

from collections.abc import Sequence
from typing import Final

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.engine import Commanded
from testcontainers_fixtures.errors import StartError
from testcontainers_fixtures.fleet import BEFORE_START_S, Fleet
from testcontainers_fixtures.naming import Copy

_SAID: Final = 2_000


def ran_beside(
    fleet: Fleet, copy: Copy, command: Sequence[str], configuration: CopyCounts, *, within_s: float
) -> tuple[int, str]:
    """Return the exit code of a command that was run beside a copy, and what it said.

    Its placeholders are filled in as the copy's own. Raises StackError where it cannot be run, or
    takes longer.
    """
    running, words = fleet.running[copy], fleet.filled(copy, command, configuration)
    if not isinstance(running, Commanded):
        raise StartError(f"`{' '.join(words)}` cannot be run beside {copy.name} on this engine.")
    return running.ran(words, within_s=within_s)


def run_well(
    fleet: Fleet, copy: Copy, command: Sequence[str], configuration: CopyCounts, *, what: str
) -> None:
    """Run a command beside a copy; raise StartError, with its last words, where it fails.

    `what` is what it is of the stack file.
    """
    code, said = ran_beside(fleet, copy, command, configuration, within_s=BEFORE_START_S)
    if code:
        raise StartError(
            f"{copy.name}: `{' '.join(command)}` ({what}) was to end with 0; seen: {code}. It said:"
            f"\n{said.strip()[-_SAID:]}"
        )
