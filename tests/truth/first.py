"""Becomes another program that goes first on the processor and dies with its parent.

`python first.py PARENT_PID PROGRAM ARGUMENTS...`: what a stub or another client measures with must
not wait for the machine's other work, as the load process does not either. Only root may ask for
it. Where the kernel shares the cores among sessions (sched(7), autogroup), the session's own
priority counts: start it in a session of its own.
"""

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
NICENESS = -10


def main(parent: str, *command: str) -> None:
    """Ask for both, make sure that the parent still lives, and become the program."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit(f"{command[0]} was not started: its parent is gone.")
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
        Path("/proc/self/autogroup").write_text(str(NICENESS), encoding="ascii")
    os.execv(command[0], command)  # noqa: S606 -- becoming the program is the point


if __name__ == "__main__":
    main(*sys.argv[1:])
