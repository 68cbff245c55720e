"""How many files this process may have open: each call that hangs has a connection of its own.

Usual is a soft limit of 1,024, which a process may raise up to its hard one. What it starts has it
as well, so no more is asked for than is needed: Erlang keeps a table as large as its limit.
"""

import errno
import resource
from contextlib import suppress
from typing import Final

from testcontainers_fixtures.errors import StackError

# What else is open: logs, taps, pipes of what was started.
SPARE: Final = 256
_NO_ROOM: Final = frozenset({errno.EMFILE, errno.ENFILE})


def room_for(connections: int) -> int:
    """Raise the limit to what so many connections need, if it may be; return how many have room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE
    if _less(soft, wanted):
        most = hard if _less(hard, wanted) else wanted
        with suppress(ValueError, OSError):  # macOS allows less than the hard limit that it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, soft - SPARE) if _less(soft, wanted) else connections


def require_room(error: OSError) -> None:
    """Raise StackError where an error is this very process's, which has too many files open."""
    if error.errno in _NO_ROOM:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        raise StackError(
            f"The callers have too many open files ({error.strerror}): this process may have {soft}"
            f", at most {hard}. Raise it (ulimit -n), or send fewer calls a second."
        ) from error


def _less(limit: int, wanted: int) -> bool:
    return limit != resource.RLIM_INFINITY and limit < wanted
