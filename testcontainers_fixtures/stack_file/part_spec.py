"""A part of a stack file: how it is started, when, where, as whom, and how it says it is ready."""

import re
from pathlib import PurePosixPath
from typing import Final, Literal

from msgspec import Struct

from testcontainers_fixtures.errors import KeyedError
from testcontainers_fixtures.stack_file.readiness_spec import Readiness, Ready, readiness
from testcontainers_fixtures.stack_file.spec_fields import (
    Command,
    Count,
    Name,
    Port,
    RequestLine,
    Seconds,
    Variable,
)

Role = Literal["gateway", "resolver", "service", "database", "cache", "job", "stub"]
StopSignal = Literal["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"]
NEW_ROLES: Final = frozenset({"database", "cache", "job"})
NEW_KEYS: Final = (
    *("after", "before_start", "folder", "python", "env_from", "user", "stop_signal", "grace_s"),
    "fresh",
)
# As a shell or a compose file has it.
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_]\w*)[^{}]*\}")
_READY: Final = {"database": "tcp", "cache": "tcp", "job": "exit"}


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of process: how it is started and how it says that it is ready.

    `ready` is what readiness_spec.py says, `GET /ready` unless the role says otherwise; `probe`
    (services only) is a safe request through the gateway, which proves the whole path. `workers`
    and `copies` are what the part runs with unless a configuration says otherwise. A `twin` is a
    second copy of a service that no gateway stands before; a `tap` stands before the service for
    the other parts of the stack and records what arrives (it needs a `python` where the parts run).

    It starts once the parts of `after` are ready, and once each of `before_start` has ended with 0:
    those are run where the part runs, with its settings, at each start with empty data. `folder` is
    below the one that all parts run in, `python` a virtual environment there, `env_from` what it is
    given of the harness's environment, and `user` whom it is run as where the harness is root.

    Where data are to be fresh, what holds some is started over with an empty folder; a part with
    `fresh` goes on running, and that command, run beside it, empties it: a TRUNCATE, say.
    """

    role: Role
    command: Command
    port: Port | None = None
    ready: str | Ready | None = None
    probe: RequestLine | None = None
    openapi: str | None = None
    settings: dict[str, str] = {}
    workers: Count = 1
    copies: Count = 1
    twin: bool = False
    tap: bool = False
    after: tuple[Name, ...] = ()
    before_start: tuple[Command, ...] = ()
    fresh: Command | None = None
    folder: str = "."
    python: str | None = None
    env_from: tuple[Variable, ...] = ()
    user: str | None = None
    stop_signal: StopSignal = "SIGTERM"
    grace_s: Seconds | None = None

    def __post_init__(self) -> None:
        """Refuse what a part of that role cannot have."""
        if self.role != "service" and (self.twin or self.tap or self.probe):
            raise ValueError("twin, tap and probe belong to parts with role = 'service'")
        if self.role not in {"service", "gateway"} and self.openapi:
            raise ValueError("openapi belongs to services and to the gateway")
        if self.role not in {"resolver", "stub"} and self.copies != 1:
            raise ValueError("copies above 1 are for resolvers and stubs; a service has workers")
        if PurePosixPath(self.folder).is_absolute() or ".." in PurePosixPath(self.folder).parts:
            raise ValueError(f"folder is below the one that parts run in; seen: {self.folder!r}")
        self._require_end()
        self._require_port()
        self._require_filled()

    @property
    def readiness(self) -> Readiness:
        """Return what shows that it is ready."""
        return readiness(self.ready or _READY.get(self.role, "GET /ready"))

    @property
    def texts(self) -> tuple[str, ...]:
        """Return every string in which a placeholder may stand."""
        words = (word for command in self.commands for word in command)
        return (*words, *self.settings.values())

    @property
    def commands(self) -> tuple[tuple[str, ...], ...]:
        """Return every command that is run for it: its own, those before, and that of `ready`."""
        asked = (self.readiness.command, self.fresh or ())
        return (self.command, *self.before_start, *(one for one in asked if one))

    @property
    def newer(self) -> str:
        """Return what of it needs the second format; "" where nothing does."""
        if self.role in NEW_ROLES:
            return f"role = {self.role!r}"
        plain = Part(role="stub", command=self.command, port=1)
        used = [key for key in NEW_KEYS if getattr(self, key) != getattr(plain, key)]
        if used:
            return f"`{used[0]}`"
        other = self.port is None or self.readiness.kind != "request"
        return (
            "a part that is not asked over HTTP" if other or isinstance(self.ready, Ready) else ""
        )

    def _require_filled(self) -> None:
        """Refuse a variable of the environment that nobody fills in."""
        for key, text in self.settings.items():
            if found := _VARIABLE.search(text):
                name = found[1]
                raise KeyedError(
                    f"{found[0]!r} would be passed on as it stands: write {{secrets.{name}}} for"
                    f" the variable of the environment, or env_from = [{name!r}] in the part to"
                    f" hand it on by its name; where the text itself is meant, ${{{{{name}}}}}",
                    *("settings", key),
                )

    def _require_end(self) -> None:
        """Refuse a job that is not to end, and another part that is."""
        if self.role == "job" and self.fresh:
            raise ValueError("a job has ended, so nothing can be run beside it to make it fresh")
        if (self.role == "job") != (self.readiness.kind == "exit"):
            raise ValueError(
                "a part with role = 'job' is ready = 'exit', once it has ended with 0, and no"
                " other part is"
            )

    def _require_port(self) -> None:
        """Refuse a part without a port that must be asked there."""
        if self.port is not None:
            return
        asked = {
            "role = 'gateway'": self.role == "gateway",
            "probe": self.probe,
            "openapi": self.openapi,
            "twin": self.twin,
            "tap": self.tap,
            f"ready = {self.readiness.subject or 'tcp'!r}": self.readiness.asks_the_port,
        }
        if why := next((key for key, needs in asked.items() if needs), None):
            raise ValueError(
                f"{why} needs a `port`; a part that answers nobody has ready = 'queue NAME',"
                " 'log TEXT' or a command"
            )
