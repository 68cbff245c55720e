"""Becomes another program, as another user if need be, that the kernel kills with its parent.

Run as `python parent_death.py PARENT_PID USER PROGRAM ARGUMENTS...`, USER "" for no other one. It
imports nothing of ours, since it runs before every child: about 10 ms.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: str, user: str, *command: str) -> None:
    """Ask for the signal, make sure that the parent still lives, and become the program."""
    if user:
        become(user)  # first, for the kernel forgets the signal of who becomes another
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the kernel was asked.
    if os.getppid() != int(parent):
        sys.exit(f"{command[0]} was not started: its harness is gone")
    try:
        os.execv(command[0], command)  # noqa: S606 -- becoming the program is the point
    except OSError as error:
        whom = f" as {user}" if user else ""
        sys.exit(f"{command[0]} could not be started{whom}: {error.strerror}")


def become(user: str) -> None:
    """Give up root for a user, with that user's groups and no others."""
    import pwd  # noqa: PLC0415 -- few children are another user's

    known = pwd.getpwnam(user)
    os.initgroups(user, known.pw_gid)
    os.setgid(known.pw_gid)
    os.setuid(known.pw_uid)


if __name__ == "__main__":
    main(*sys.argv[1:])
