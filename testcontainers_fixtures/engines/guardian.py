"""Outlives a harness that was killed, by as long as it takes to end what that harness started.

Run as `python -m testcontainers_fixtures.engines.guardian LABEL FOLDERS...` with a pipe as its
standard input that nobody but the harness holds: the pipe's end is the harness's end, however it
came.
"""

import shutil
import signal
import sys

from testcontainers_fixtures.engines.orphans import Label, end_labelled


def main(text: str, *folders: str) -> None:
    """Wait for the end of the harness, then end its processes and remove their data folders."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    label = Label.parse(text)
    if label is not None:
        end_labelled(label)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
