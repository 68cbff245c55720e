"""The workers that a run's traffic is sent by, and what master and workers tell who started them.

Master and worker say a line each on their standard output, as a load process does of its traffic.
"""

from typing import Final

import msgspec
from msgspec import Struct

# Locust's own.
DEFAULT_PORT: Final = 5_557
LOOPBACK: Final = "127.0.0.1"
DEFAULT_WAIT_S: Final = 60.0


class ExpectedWorkers(Struct, frozen=True, kw_only=True):
    """How many workers must have come to which address within which time.

    `secret_env` names the environment variable that holds the secret of both sides, if there is
    one. `only_beside`: what they load is on loopback, which those of this machine alone reach.
    `names` are those that came when the run began.
    """

    count: int
    host: str = LOOPBACK
    port: int = DEFAULT_PORT
    within_s: float = DEFAULT_WAIT_S
    secret_env: str | None = None
    only_beside: bool = False
    names: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Return where they come to."""
        return f"{self.host}:{self.port}"

    @property
    def text(self) -> str:
        """Return who they are, in words."""
        return f"{len(self.names)}: {', '.join(self.names)}"


class Awaited(Struct, frozen=True, kw_only=True, tag="awaited"):
    """Workers are waited for; these are here."""

    here: tuple[str, ...]
    remaining_s: float


class Assembled(Struct, frozen=True, kw_only=True, tag="assembled"):
    """So many workers came that traffic can be sent."""

    here: tuple[str, ...]


class Missing(Struct, frozen=True, kw_only=True, tag="missing"):
    """Too few workers came in time."""

    here: tuple[str, ...]


class Noted(Struct, frozen=True, kw_only=True, tag="noted"):
    """A sentence about a worker for whoever reads the run; `left` names one that did."""

    sentence: str
    left: str = ""


class Joined(Struct, frozen=True, kw_only=True, tag="joined"):
    """A worker is known to its master."""


class Dismissed(Struct, frozen=True, kw_only=True, tag="dismissed"):
    """A worker is not needed any more: the run is over."""


class Unfit(Struct, frozen=True, kw_only=True, tag="unfit"):
    """A worker cannot take part; one sentence."""

    sentence: str


WorkerLine = Joined | Dismissed | Unfit
_LINES: Final[msgspec.json.Decoder[WorkerLine]] = msgspec.json.Decoder(WorkerLine)


def read_worker_line(line: bytes) -> WorkerLine | None:
    """Return what a line of a worker says, or None when it is something else's."""
    try:
        return _LINES.decode(line)
    except msgspec.MsgspecError:
        return None
