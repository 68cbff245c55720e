"""Finds and ends processes whose harness is gone, by the label in their environment."""

import os
import secrets
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from testcontainers_fixtures.engines.process_table import living, process, setting

VARIABLE = "GATEWAYBENCH_SESSION"
END_TIMEOUT_S = 5.0
POLL_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Says which harness started a process: its pid and start time, in which pid namespace.

    The last field tells two engines of one harness apart.
    """

    harness: int
    started: int
    namespace: str
    engine: str

    @classmethod
    def new(cls) -> "Label":
        """Return a label of this harness that no other engine has."""
        own = process(os.getpid())
        return cls(
            harness=os.getpid(),
            started=own.started if own else 0,
            namespace=_namespace(),
            engine=secrets.token_hex(4),
        )

    @classmethod
    def parse(cls, text: str) -> "Label | None":
        """Return the label that a process bears, None when the text is not one of ours."""
        harness, *rest = text.split(":")
        if len(rest) != 3 or not (harness.isdecimal() and rest[0].isdecimal()):  # noqa: PLR2004 -- the fields of __str__
            return None
        return cls(harness=int(harness), started=int(rest[0]), namespace=rest[1], engine=rest[2])

    def __str__(self) -> str:
        """Return the label as it stands in a child's environment."""
        return f"{self.harness}:{self.started}:{self.namespace}:{self.engine}"

    def orphaned(self) -> bool:
        """Tell whether the harness is gone; a pid used again by another process does not count.

        A harness in another container cannot be judged from here, so it counts as alive.
        """
        if self.namespace != _namespace():
            return False
        harness = process(self.harness)
        return harness is None or not harness.alive or harness.started != self.started


def end_labelled(label: Label) -> list[int]:
    """End every process that bears the label and return their ids."""
    return _end(lambda seen: seen == label)


def reap_orphans() -> list[int]:
    """End what harnesses that were killed have left running, and return their ids."""
    return _end(Label.orphaned)


def _end(doomed: Callable[[Label], bool]) -> list[int]:
    ended: set[int] = set()
    deadline_s = time.monotonic() + END_TIMEOUT_S
    # Again until none is left: one of them may start another between two looks.
    while (pids := _bearing(doomed)) and time.monotonic() < deadline_s:
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        ended.update(pids)
        time.sleep(POLL_S)
    return sorted(ended)


def _bearing(doomed: Callable[[Label], bool]) -> list[int]:
    labels = ((found.pid, setting(found.pid, VARIABLE)) for found in living())
    parsed = ((pid, Label.parse(text)) for pid, text in labels if text and pid != os.getpid())
    return [pid for pid, label in parsed if label is not None and doomed(label)]


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
