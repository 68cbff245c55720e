"""Picks free ports on the loopback address, each once."""

import random
import socket
from contextlib import ExitStack
from pathlib import Path
from weakref import finalize

from testcontainers_fixtures.errors import MissingNeedError, StackError

LOOPBACK = "127.0.0.1"
LOWEST = 20_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
TRIES = 200


class Ports:
    """Hands out ports that nobody listens on, below those that outgoing connections get.

    A port from the range of outgoing connections could be taken by any client between the moment it
    is picked and the moment its part binds it; under load that happens. So it does with another
    harness that starts at the same time: a port is claimed from all of them for as long as this is
    there.
    """

    def __init__(self) -> None:
        # Harnesses that start together must not try the same ports in the same order.
        self._random = random.Random()  # noqa: S311 -- no secret
        self._highest = max(int(EPHEMERAL.read_text().split()[0]) - 1, LOWEST + 1_000)
        self._claims = ExitStack()
        finalize(self, self._claims.close)

    def pick(self) -> int:
        """Return a port not given before; raise StackError when none is free."""
        for _ in range(TRIES):
            port = self._random.randint(LOWEST, self._highest)
            if is_free(port) and (claim := _claimed(port)):
                self._claims.enter_context(claim)
                return port
        raise StackError(
            f"Found no free port on {LOOPBACK} between {LOWEST} and {self._highest} "
            f"in {TRIES} tries; end what listens there."
        )


def _claimed(port: int) -> socket.socket | None:
    """Return what keeps a port from other harnesses, None where one of them has it.

    A name in Linux's abstract namespace: it leaves no file, and is gone with its process.
    """
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0gatewaybench-port-{port}")
    except OSError:
        claim.close()
        return None
    return claim


def require_free(port: int, what: str) -> None:
    """Raise MissingNeedError where somebody else listens on the port that `what` is to have."""
    if not is_free(port):
        raise MissingNeedError(
            f"Expected port {port} on {LOOPBACK} to be free for {what}; it is taken. "
            "End what listens there and start again."
        )


def is_free(port: int) -> bool:
    """Tell whether a server could bind the port now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are only timing out is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
