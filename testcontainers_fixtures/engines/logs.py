"""Keeps what a part says within bounds: its first words and its latest, and how much is missing.

A log is cut where it lies, so that a part writes into a plain file and never waits for a reader.
"""

import os
import re
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from testcontainers_fixtures.output.redaction import hidden

# A log that is longer is cut down to its first and its latest bytes, whole lines of both.
MOST_BYTES: Final = 16 * 1024 * 1024
FIRST_BYTES: Final = 1024 * 1024
LATEST_BYTES: Final = 4 * 1024 * 1024
LOOK_EVERY_S: Final = 0.25
END_TIMEOUT_S: Final = 10.0
_NOTE: Final = (
    "[{missing} bytes are cut out here: a log of more than {most} MB keeps its first {first} MB "
    "and its latest {latest} MB]\n"
)
_DIGITS: Final = 20
_NOTED: Final = re.compile(rb"^\[(\d+) bytes are cut out here[^\n]*\n", re.MULTILINE)


def cut(log: Path) -> None:
    """Cut a log down where it is too long; whoever appends to it goes on and notices nothing.

    What is written in the moment of the cut may be lost.
    """
    with log.open("r+b") as file:
        if file.seek(0, os.SEEK_END) <= MOST_BYTES:
            return
        first, missing = _first(log)
        file.seek(-LATEST_BYTES, os.SEEK_END)
        latest = file.read()
        # From the first whole line on.
        begin = latest.find(b"\n") + 1
        missing += file.tell() - len(first) - len(latest) + begin
        # The note first, and all at once: what is appended meanwhile must not come before it.
        file.seek(len(first))
        file.write(_note(missing))
        file.truncate()
    with log.open("ab") as file:
        file.write(latest[begin:])


def cleanse(log: Path) -> None:
    """Take out what is secret of a log that nobody writes to any more: a part may tell anything."""
    with suppress(OSError):
        text = log.read_text(encoding="utf-8", errors="surrogateescape")
        if hidden(text) != text:
            log.write_text(hidden(text), encoding="utf-8", errors="surrogateescape")


class LogKeeper:
    """Looks after logs from a thread of its own until it is closed, and once more then."""

    def __init__(self) -> None:
        # A list may grow while the thread goes through it; a set may not.
        self._logs: list[Path] = []
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._look, name="logs", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        """Show what it looks after."""
        return f"<LogKeeper {' '.join(sorted(log.name for log in self._logs)) or 'of none'}>"

    def keep(self, log: Path) -> None:
        """Look after one more, which a part may bring that started again."""
        if log not in self._logs:
            self._logs.append(log)

    def close(self) -> None:
        """Cut what was written last, leave no secret, and look no more; safe to call twice."""
        self._closed.set()
        self._thread.join(timeout=END_TIMEOUT_S)
        for log in self._logs:
            cleanse(log)

    def _look(self) -> None:
        ended = False
        while not ended:
            ended = self._closed.wait(LOOK_EVERY_S)
            for log in self._logs:
                # Somebody may have removed it; the next look is soon.
                with suppress(OSError):
                    cut(log)


def _first(log: Path) -> tuple[bytes, int]:
    """Return what stays of a log's begin, and how many bytes are missing behind it already."""
    with log.open("rb") as file:
        begin = file.read(FIRST_BYTES + len(_NOTE) + _DIGITS)
    if (noted := _NOTED.search(begin)) is not None:
        return begin[: noted.start()], int(noted[1]) - len(noted[0])
    return begin[: begin.rfind(b"\n", 0, FIRST_BYTES) + 1], 0


def _note(missing: int) -> bytes:
    sizes = {"most": MOST_BYTES, "first": FIRST_BYTES, "latest": LATEST_BYTES}
    whole = {name: size // 1024 // 1024 for name, size in sizes.items()}
    return _NOTE.format(missing=missing, **whole).encode()
