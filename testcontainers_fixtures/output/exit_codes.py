"""What every command line of the project leaves with: the same codes, with the same meaning."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended; `reports/README.md` says what leads to which."""

    HOLDS = 0
    DOES_NOT_HOLD = 1
    BAD_INPUT = 2
    # Nothing can be said: a machine that others used, or that lacked what it takes.
    UNKNOWN = 3
    # What a shell calls a command that Ctrl-C ended: 128 and the signal's number.
    INTERRUPTED = 130
