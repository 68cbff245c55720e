"""Lets one harness at a time do what must be done once, and the others wait, but not for ever."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testcontainers_fixtures.errors import StackError

POLL_S = 0.1


@contextmanager
def exclusive(lock: Path, *, doing: str, timeout_s: float) -> Iterator[None]:
    """Hold a lock between processes; the kernel frees it when its holder dies.

    `doing` says what its holder is at, as in "making an image". Raises StackError when another
    harness has held it for `timeout_s`, which is longer than its work can take.
    """
    deadline_s = time.monotonic() + timeout_s
    with lock.open("a", encoding="utf-8") as file:
        while not _locked(file.fileno()):
            if time.monotonic() > deadline_s:
                raise StackError(
                    f"Another harness has been {doing} for {timeout_s:.0f} s (lock {lock}); "
                    "end it and try again."
                )
            time.sleep(POLL_S)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
