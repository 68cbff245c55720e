"""What to run and how many: the frozen, validated form of a stack file.

A stack file (TOML) is all that the harness knows of a system. Strings in `command` and `settings`
may hold these placeholders, filled in by the stack when it starts a part:

    {host} {port}             the address this part must bind
    {workers} {prefetch}      of the configuration now running
    {data}                    a folder of this part's own, empty at a fresh start
    {NAME.host} {NAME.port} {NAME.url}    another part, as seen from inside the stack
    {broker.host} {broker.port} {broker.user} {broker.password} {broker.vhost}
    {credentials.NAME}        the value of a header of [contract] credentials, NAME in lower case
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.login_spec import Login
from testcontainers_fixtures.scenario_spec import HeaderName, RequestLine, Scenario

FORMAT_VERSION = 1

Port = Annotated[int, Meta(ge=1, le=65_535)]
Count = Annotated[int, Meta(ge=1, le=64)]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
Variable = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
Role = Literal["gateway", "resolver", "service", "stub"]


class Broker(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The RabbitMQ of the stack: one vhost, and a user with rights on it alone."""

    vhost: Name
    user: Name
    work_queue: str


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of process: how it is started and how it says that it is ready.

    `ready` is asked of the part itself until it answers 2xx; `probe` (services only) is a safe
    request through the gateway, which proves the whole path. `workers` and `copies` are what the
    part runs with unless a configuration says otherwise. A `twin` is a second copy of a service
    that no gateway stands before; a `tap` stands before the service for the other parts of the
    stack and records what arrives (it needs a `python` where the parts run).
    """

    role: Role
    command: tuple[str, ...]
    port: Port
    ready: RequestLine = "GET /ready"
    probe: RequestLine | None = None
    openapi: str | None = None
    settings: dict[str, str] = {}
    workers: Count = 1
    copies: Count = 1
    twin: bool = False
    tap: bool = False

    def __post_init__(self) -> None:
        """Refuse what only a service can have."""
        if self.role != "service" and (self.twin or self.tap or self.probe):
            raise ValueError("twin, tap and probe belong to parts with role = 'service'")
        if self.role not in {"service", "gateway"} and self.openapi:
            raise ValueError("openapi belongs to services and to the gateway")
        if self.role in {"gateway", "service"} and self.copies != 1:
            raise ValueError("copies above 1 are for resolvers and stubs; a service has workers")


class Link(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named TCP path, from one part to another, that a fault can slow or cut."""

    source: Name
    target: Name


class Image(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the containers engine builds the system: paths are relative to the stack file."""

    dockerfile: str = "Dockerfile"
    context: str = "."
    include: tuple[str, ...] = ("**/*",)


class Seed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows put in by requests sent straight to a service, so that every engine can do it.

    `{n}` in the request and in the body's strings counts from 1 to `repeat`; a string that is
    exactly "{n}" becomes the number. A service and its twin get the same requests in order. In the
    values of `headers` stands `{secrets.NAME}` for an environment variable.
    """

    service: Name
    request: RequestLine
    headers: dict[HeaderName, str] = {}
    body: Any = None
    repeat: Annotated[int, Meta(ge=1, le=10_000)] = 1
    status: int = 201


class Contract(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the gateway promises to pass on, and what may differ between two equal answers.

    `dropped_headers` are those of a service's answer that the gateway leaves out on purpose.
    `not_run` are the reasons (the member `reason` of a problem, RFC 9457) with which it says that a
    call was not run; after any other failure it may have been. `credentials` maps each header that
    lets the harness in to the environment variable that has its value.
    """

    request_headers: tuple[str, ...] = ()
    response_headers: tuple[str, ...] = ()
    dropped_headers: tuple[str, ...] = ()
    volatile_headers: tuple[str, ...] = ()
    volatile_fields: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()
    credentials: dict[HeaderName, Variable] = {}


class Telemetry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Response headers that tell where time went and who answered; absent ones are not measured.

    `hops` maps each Server-Timing metric to the metric that encloses it ("" for the outermost), in
    the order in which a request passes them: what a hop took for itself is its duration without
    those of the hops inside it.
    """

    rpc_metric: str | None = None
    hops: dict[str, str] = {}
    worker_header: str | None = None
    deadline_header: str | None = None

    def __post_init__(self) -> None:
        """Refuse a hop inside one that is not named before it."""
        seen = {""}
        for name, inside in self.hops.items():
            if inside not in seen:
                raise ValueError(f"hop {name!r} lies inside {inside!r}, which no hop before it is")
            seen.add(name)


class StackSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole system: its parts, broker, data, traffic and promises."""

    format_version: Literal[1]
    name: Name
    parts: Annotated[dict[Name, Part], Meta(min_length=1)]
    broker: Broker | None = None
    links: dict[Name, Link] = {}
    image: Image = Image()
    seed: tuple[Seed, ...] = ()
    scenarios: dict[Name, Scenario] = {}
    contract: Contract = Contract()
    telemetry: Telemetry = Telemetry()
    login: Login | None = None
    folder: Path = Path()

    def __post_init__(self) -> None:
        """Refuse a reference to a part that is not there."""
        if len(self.named("gateway")) != 1:
            raise ValueError("exactly one part has role = 'gateway'")
        for seed in self.seed:
            if seed.service not in self.named("service"):
                raise ValueError(f"seed names {seed.service!r}, which is no service here")
        for name, link in self.links.items():
            for end in (link.source, link.target):
                if end not in self.parts and end != "broker":
                    raise ValueError(f"link {name!r} names {end!r}, which is no part here")

    @property
    def workdir(self) -> Path:
        """Return the folder in which processes run: what the image would hold."""
        return (self.folder / self.image.context).resolve()

    def named(self, role: Role) -> dict[str, Part]:
        """Return the parts that play a role, by name, in the file's order."""
        return {name: part for name, part in self.parts.items() if part.role == role}


def read_stack_file(path: Path) -> StackSpec:
    """Read and validate a stack file; raise SpecError with one sentence that names file and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SpecError(f"Expected a stack file at {path}; there is none.") from error
    except OSError as error:
        why = str(error.strerror or error).lower()
        raise SpecError(f"Expected a stack file at {path}, but: {why}.") from error
    except ValueError as error:  # also of bytes that are no UTF-8, and of a number too long to read
        raise SpecError(f"Stack file {path} is not TOML: {error}.") from error
    try:
        return msgspec.convert(data | {"folder": path.resolve().parent}, StackSpec, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SpecError(f"Stack file {path} is not usable: {error}.") from error


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, Path):
        return value
    raise NotImplementedError(kind)
