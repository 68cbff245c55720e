"""Becomes another program that the kernel kills when its parent dies.

Run as `python parent_death.py PARENT_PID PROGRAM ARGUMENTS...`. It imports nothing of ours, since
it runs before every child: about 10 ms.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: str, *command: str) -> None:
    """Ask for the signal, make sure that the parent still lives, and become the program."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the kernel was asked.
    if os.getppid() != int(parent):
        sys.exit(f"{command[0]} was not started: its harness is gone")
    os.execv(command[0], command)  # noqa: S606 -- becoming the program is the point


if __name__ == "__main__":
    main(*sys.argv[1:])
