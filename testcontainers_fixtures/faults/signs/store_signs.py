"""Signs that a database or a cache gives which is asked in no way of its own: over plain TCP.

A frozen process still has its connections taken, by the kernel; so something is said on them.
"""

import socket
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from testcontainers_fixtures.faults.signs.part_signs import PATIENCE_S, answers_of
from testcontainers_fixtures.faults.signs.sign import Marks, Sign
from testcontainers_fixtures.faults.targets import Store, part_of
from testcontainers_fixtures.stack import Stack

# Redis answers it, and a database that does not know it says so, or hangs up.
HELLO: Final = b"PING\r\n"


def serving(role: Store) -> Sign:
    """Return the sign of a store that answers otherwise, or no more."""
    return Sign(read=partial(_served, role))


def _served(role: Store, stack: Stack) -> Marks:
    part = part_of(stack, role)
    if stack.spec.parts[part].readiness.kind != "tcp":
        return answers_of(part, stack)
    return frozenset(f"{one.name}: {answer_on(one.url)}" for one in stack.copies(part))


def answer_on(url: str) -> str:
    """Return in a word what becomes of a connection on which HELLO is said."""
    where = urlsplit(url)
    try:
        with socket.create_connection((where.hostname, where.port), timeout=PATIENCE_S) as link:
            link.sendall(HELLO)
            return "answers" if link.recv(1) else "hangs up"
    except TimeoutError:
        return "silent"
    except ConnectionResetError:
        return "breaks off"
    except OSError:
        return "refuses"
