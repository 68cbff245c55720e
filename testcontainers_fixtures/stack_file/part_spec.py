"""A part of a stack file: how it is started, when, where, as whom, and how it says it is ready."""

import re
from pathlib import PurePosixPath
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from testcontainers_fixtures.errors import KeyedError
from testcontainers_fixtures.stack_file.image_spec import Build, ContainerOptions, ImageName, built
from testcontainers_fixtures.stack_file.openapi_spec import OpenapiFile
from testcontainers_fixtures.stack_file.readiness_spec import Readiness, Ready, readiness
from testcontainers_fixtures.stack_file.spec_fields import (
    Command,
    Count,
    InsidePath,
    LocalPath,
    Name,
    Port,
    RequestLine,
    Seconds,
    Variable,
)

Role = Literal["gateway", "resolver", "service", "database", "cache", "job", "stub"]
StopSignal = Literal["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"]
# What parts may start after and be linked to, beside other parts.
BROKER: Final = "broker"
NEW_ROLES: Final = frozenset({"database", "cache", "job"})
NO_WAY: Final = "a part has a `command`, an `image` (a ready one) or a `build` (a Dockerfile)"
NEW_KEYS: Final = (
    *("after", "before_start", "folder", "python", "env_from", "user", "stop_signal", "grace_s"),
    *("image", "build", "entrypoint", "requirements", "files", "volumes", "tmpfs", "ports"),
    "container",
    *("fresh", "cores"),
)
# How many threads these compute in nobody says; resolvers, services and gateways say their copies.
THREADED: Final = frozenset({"database", "cache", "stub"})
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

    With an `image` of its own, ready or by its `build`, containers run that one, as Docker would:
    `command` is then what its entry point is given, and may be left out; `user` and `folder` are
    those of the container. Processes are run by a `command` alone; their `requirements` are
    installed into a virtual environment, once. `files` (where, and which) are put in before it
    starts, `volumes` are folders by name, which all parts share that name them. Beside [attach] a
    part may have a role alone: nothing of it is started.

    Where data are to be fresh, what holds some is started over with an empty folder; a part with
    `fresh` goes on running, and that command, run beside it, empties it: a TRUNCATE, say.

    A copy of a database, a cache or a stub uses so many `cores` at most, however many there are: 1
    where it computes in one thread, or in threads of Python, which take turns at one lock. Nothing
    holds it to that; a load run's model believes it, before all that it sees or guesses.
    """

    role: Role
    command: Command = ()
    image: ImageName | None = None
    build: str | Build | None = None
    entrypoint: tuple[str, ...] | None = None
    port: Port | None = None
    ports: dict[Name, Port] = {}
    ready: str | Ready | None = None
    probe: RequestLine | None = None
    openapi: str | OpenapiFile | None = None
    settings: dict[str, str] = {}
    workers: Count = 1
    copies: Count = 1
    cores: Annotated[float, Meta(gt=0)] | None = None
    twin: bool = False
    tap: bool = False
    after: tuple[Name, ...] = ()
    before_start: tuple[Command, ...] = ()
    fresh: Command | None = None
    folder: str = "."
    python: str | None = None
    requirements: LocalPath | None = None
    files: dict[str, LocalPath] = {}
    volumes: dict[Name, InsidePath] = {}
    tmpfs: tuple[str, ...] = ()
    container: ContainerOptions = ContainerOptions()
    env_from: tuple[Variable, ...] = ()
    user: str | None = None
    stop_signal: StopSignal = "SIGTERM"
    grace_s: Seconds | None = None

    def __post_init__(self) -> None:
        """Refuse what a part of that role cannot have."""
        if self.role != "service" and (self.twin or self.tap or self.probe):
            raise ValueError("twin, tap and probe belong to parts with role = 'service'")
        self._require_owner()
        if self.role not in {"resolver", "stub"} and self.copies != 1:
            raise ValueError("copies above 1 are for resolvers and stubs; a service has workers")
        if self.cores is not None and self.role not in THREADED:
            raise KeyedError(
                "cores are told of databases, caches and stubs; resolvers, and the workers of"
                " services and gateways, are taken for processes of one core each",
                "cores",
            )
        self._require_way()
        self._require_place()
        self._require_end()
        self._require_port()
        self._require_filled()

    @property
    def own_image(self) -> str | Build | None:
        """Return the image that it alone runs in, or how it is built; None for that of all."""
        return self.image or built(self.build)

    @property
    def startable(self) -> bool:
        """Tell whether something says how it is started; what is attached to need not."""
        return bool(self.command) or self.own_image is not None

    @property
    def readiness(self) -> Readiness:
        """Return what shows that it is ready."""
        return readiness(self.ready or _READY.get(self.role, "GET /ready"))

    @property
    def texts(self) -> tuple[str, ...]:
        """Return every string in which a placeholder may stand."""
        words = (word for command in self.commands for word in command)
        return (*words, *self.tmpfs, *self.settings.values())

    @property
    def commands(self) -> tuple[tuple[str, ...], ...]:
        """Return every command that is run for it: its own, those before, and that of `ready`."""
        own = (self.entrypoint or (), self.command)
        asked = (self.readiness.command, self.fresh or ())
        return tuple(one for one in (*own, *self.before_start, *asked) if one)

    @property
    def newer(self) -> str:
        """Return what of it needs the second format; "" where nothing does."""
        if self.role in NEW_ROLES:
            return f"role = {self.role!r}"
        plain = Part(role="stub", command=("",), port=1)
        used = [key for key in NEW_KEYS if getattr(self, key) != getattr(plain, key)]
        used += ["openapi = { file = ... }"] if isinstance(self.openapi, OpenapiFile) else []
        if used:
            return f"`{used[0]}`"
        other = self.port is None or self.readiness.kind != "request"
        return (
            "a part that is not asked over HTTP" if other or isinstance(self.ready, Ready) else ""
        )

    def _require_owner(self) -> None:
        """Refuse a document of what owns none, or has nowhere to publish it."""
        if self.openapi is None or self.role in {"service", "gateway"}:
            return
        if self.role != "resolver":
            raise ValueError("openapi belongs to services, resolvers and the gateway")
        if not isinstance(self.openapi, OpenapiFile):
            raise KeyedError(
                "a resolver answers behind AMQP and publishes nothing over HTTP: give its document"
                ' as openapi = { file = "..." }, relative to the stack file',
                "openapi",
            )

    def _require_way(self) -> None:
        """Refuse what says twice how it is started."""
        if self.image and self.build is not None:
            raise ValueError("a part has an `image` or a `build`, not both")
        plain = self.entrypoint is None and self.container == ContainerOptions()
        if self.own_image is None and not plain:
            raise ValueError("entrypoint and container belong to parts with an image of their own")
        if self.python and self.requirements:
            raise ValueError("a part has a `python` or `requirements`, not both")

    def _require_place(self) -> None:
        """Refuse a folder that leads elsewhere, and files and volumes that lie on each other."""
        folder = PurePosixPath(self.folder)
        if ".." in folder.parts or (folder.is_absolute() and self.own_image is None):
            raise ValueError(f"folder is below the one that parts run in; seen: {self.folder!r}")
        for target in self.files:
            if ".." in PurePosixPath(target).parts or target in {"", "/", "."}:
                raise KeyedError(
                    f"files are put at a path of their own, below {{data}} unless it begins with"
                    f" a slash; seen: {target!r}",
                    *("files", target),
                )
        if len(set(self.volumes.values())) < len(self.volumes):
            raise KeyedError("two volumes are at one path", "volumes")

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
        """Refuse a part without a port that must be asked there, if it is started here."""
        if self.port is not None or not self.startable:
            return
        asked = {
            "role = 'gateway'": self.role == "gateway",
            "probe": self.probe,
            "openapi": isinstance(self.openapi, str) and self.openapi,
            "twin": self.twin,
            "tap": self.tap,
            f"ready = {self.readiness.subject or 'tcp'!r}": self.readiness.asks_the_port,
        }
        if why := next((key for key, needs in asked.items() if needs), None):
            raise ValueError(
                f"{why} needs a `port`; a part that answers nobody has ready = 'queue NAME',"
                " 'log TEXT' or a command"
            )
