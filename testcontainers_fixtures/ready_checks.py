"""How it is seen that a part is ready, a look for each kind of `ready` that is not HTTP."""

import socket
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from testcontainers_fixtures.broker.consumers import consumers_by_queue
from testcontainers_fixtures.engines.engine import (
    BrokerAccess,
    Commanded,
    HasHealth,
    HasLog,
    Running,
)
from testcontainers_fixtures.errors import MissingNeedError, StackError
from testcontainers_fixtures.part_readiness import READY, Look
from testcontainers_fixtures.stack_file.readiness_spec import Readiness

CONNECT_S: Final = 2.0
# A published port is listened on by the engine, which hangs up at once where nobody is behind it.
HELD_S: Final = 0.2
COMMAND_S: Final = 10.0


def told(readiness: Readiness) -> str:
    """Return what a part is to do to be ready: "take a TCP connection"."""
    return {
        "request": f"answer {readiness.subject} with 2xx",
        "tcp": "take a TCP connection",
        "log": f"log {readiness.subject!r}",
        "queue": f"consume the queue {readiness.subject!r}",
        "command": f"have {' '.join(readiness.command)!r} end with 0",
        "exit": "end with 0",
        "healthy": "be healthy, as the check of its image says,",
        "started": "start",
    }[readiness.kind]


def looking(
    running: Running,
    readiness: Readiness,
    broker: BrokerAccess | None,
    copies: Callable[[], int] = lambda: 1,
) -> Look:
    """Return the look at a copy; `copies` tells how many of them are to consume a queue.

    It is for what is neither asked over HTTP nor to end. Raises StackError where an engine does not
    let it be seen.
    """
    match readiness.kind:
        case "started":
            return lambda: READY  # who waits sees for itself whether it runs
        case "healthy" if isinstance(running, HasHealth):
            checked = running
            return lambda: healthy(checked)
        case "tcp":
            return lambda: taken(running.url)
        case "log" if isinstance(running, HasLog):
            log = running
            return lambda: READY if readiness.subject in log.logged() else "not logged yet"
        case "command" if isinstance(running, Commanded):
            runner = running
            return lambda: ended_well(runner, readiness.command)
        case "queue" if broker is not None:
            access = broker
            return lambda: consumed(access, readiness.subject, copies())
    raise StackError(f"Whether {running.name} can {told(readiness)} cannot be seen on this engine.")


def taken(url: str) -> str:
    """Return READY where a connection is taken, and either kept or answered."""
    where = urlsplit(url)
    try:
        with socket.create_connection((where.hostname, where.port), timeout=CONNECT_S) as link:
            link.settimeout(HELD_S)
            return READY if _is_kept(link) else "hung up"
    except OSError as error:
        return str(error.strerror or error)


def healthy(running: HasHealth) -> str:
    """Return READY where the image's own check says healthy, else what it says."""
    said = running.health()
    return READY if said == "healthy" else said or "its image has no HEALTHCHECK"


def _is_kept(link: socket.socket) -> bool:
    try:
        return bool(link.recv(1))
    except TimeoutError:
        return True


def consumed(access: BrokerAccess, queue: str, least: int) -> str:
    """Return READY where a queue has so many consumers, else what there is."""
    try:
        found = consumers_by_queue(access)
    except StackError as error:
        return str(error)
    if queue not in found:
        return f"there is no such queue; there are: {', '.join(sorted(found)) or 'none'}"
    return READY if found[queue] >= least else f"{found[queue]} of {least} consumers"


def ended_well(running: Commanded, command: Sequence[str]) -> str:
    """Return READY where a command ends with 0, else what it said."""
    try:
        code, said = running.ran(command, within_s=COMMAND_S)
    except MissingNeedError:
        raise  # it will not come
    except StackError as error:
        return str(error)
    return READY if code == 0 else f"{code} {said.strip()[-200:]}"
