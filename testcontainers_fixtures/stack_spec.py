"""What to run and how many: the frozen, validated form of a stack file.

A stack file (TOML) is all that the harness knows of a system. Strings in commands and `settings`
may hold these placeholders, filled in by the stack when it starts a part:

    {host} {port}             the address this part must bind
    {workers} {prefetch}      of the configuration now running
    {data}                    a folder of this part's own, empty at a fresh start
    {NAME.host} {NAME.port} {NAME.url}    another part, as seen from inside the stack
    {broker.url}              an AMQP URL in which all of these are escaped as a URL needs it:
    {broker.host} {broker.port} {broker.user} {broker.password} {broker.vhost}
    {secrets.NAME}            a variable of the harness's environment, shown nowhere
    {credentials.NAME}        the value of a header of [contract] credentials, NAME in lower case

`{{host}}` stands for the text {host} itself.
"""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from testcontainers_fixtures.compose_file.composition import with_compose
from testcontainers_fixtures.errors import KeyedError
from testcontainers_fixtures.scaling.presets import with_preset
from testcontainers_fixtures.stack_file.attach_spec import Attach
from testcontainers_fixtures.stack_file.broker_spec import Broker
from testcontainers_fixtures.stack_file.compose_spec import Asked
from testcontainers_fixtures.stack_file.contract_spec import require_contract
from testcontainers_fixtures.stack_file.fault_spec import OwnFault
from testcontainers_fixtures.stack_file.login_spec import Login
from testcontainers_fixtures.stack_file.nearest import meant
from testcontainers_fixtures.stack_file.part_spec import BROKER, NO_WAY, Part, Role
from testcontainers_fixtures.stack_file.promises_spec import Contract, Telemetry
from testcontainers_fixtures.stack_file.scenario_spec import Scenario
from testcontainers_fixtures.stack_file.seed_spec import Seed
from testcontainers_fixtures.stack_file.spec_fields import Name
from testcontainers_fixtures.stack_file.start_order import start_order
from testcontainers_fixtures.stack_file.toml_files import struct_of, toml_in


class Link(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named TCP path, from one part to another, that a fault can slow or cut."""

    source: Name
    target: Name


class Image(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the containers engine builds the system: paths are relative to the stack file."""

    dockerfile: str = "Dockerfile"
    context: str = "."
    include: tuple[str, ...] = ("**/*",)


class StackSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole system: its parts, broker, data, traffic and promises.

    `parts` and `broker` have those of the `compose` file too; `notes` are sentences about what of
    that is left out here. With `attach` it is up already, and load runs start nothing.
    """

    format_version: Literal[1, 2]
    name: Name
    compose: Asked = None
    parts: Annotated[dict[Name, Part], Meta(min_length=1)]
    broker: Broker | None = None
    links: dict[Name, Link] = {}
    image: Image = Image()
    seed: tuple[Seed, ...] = ()
    scenarios: dict[Name, Scenario] = {}
    faults: dict[Name, OwnFault] = {}
    contract: Contract = Contract()
    telemetry: Telemetry = Telemetry()
    login: Login | None = None
    attach: Attach | None = None
    folder: Path = Path()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a reference to a part that is not there, and what is of a later format."""
        if len(self.named("gateway")) != 1:
            raise ValueError("exactly one part has role = 'gateway'")
        self._require_starts()
        for number, seed in enumerate(self.seed):
            self._require_place(seed, number)
        for name, fault in self.faults.items():
            self._require_part(fault.part, f"fault {name!r} names", "faults", name, "part")
        for name, link in self.links.items():
            for key, end in (("source", link.source), ("target", link.target)):
                if end not in self.parts and end != BROKER:
                    raise KeyedError(
                        f"link {name!r} names {end!r}, which is no part here"
                        f"{meant(end, self.parts)}",
                        *("links", name, key),
                    )
        self._require_broker()
        self._require_attached()
        for name, scenario in self.scenarios.items():
            self._require_takers(name, scenario)
        require_contract(self.parts, self.contract.paths, self.contract.collections)
        start_order(self.parts)
        if self.format_version == 1 and (newer := self._newer()):
            raise ValueError(f"{newer} needs format_version = 2, which reads all of format 1 too")

    @property
    def workdir(self) -> Path:
        """Return the folder in which processes run: what the image would hold."""
        return (self.folder / self.image.context).resolve()

    @property
    def asks_who_comes(self) -> bool:
        """Tell whether the gateway lets in nobody who has no key, or has not logged in."""
        return bool(self.contract.credentials or self.login)

    def named(self, role: Role) -> dict[str, Part]:
        """Return the parts that play a role, by name, in the file's order."""
        return {name: part for name, part in self.parts.items() if part.role == role}

    @property
    def owners(self) -> dict[str, Part]:
        """Return the parts whose OpenAPI document the gateway is held to, by name.

        Services, whether or not they have one, and resolvers that have one.
        """
        return {
            name: part
            for name, part in self.parts.items()
            if part.role == "service" or (part.role == "resolver" and part.openapi)
        }

    def _listening(self, role: Role) -> dict[str, Part]:
        return {name: part for name, part in self.named(role).items() if part.port}

    def _require_starts(self) -> None:
        """Refuse a part of a system that is started, and nothing says how."""
        for name, part in self.parts.items():
            if self.attach is None and not part.startable:
                raise KeyedError(NO_WAY, "parts", name)

    def _require_broker(self) -> None:
        """Refuse a part that must consume where there is no broker."""
        for name, part in self.parts.items():
            if part.readiness.kind == "queue" and self.broker is None:
                raise KeyedError(
                    f"part {name!r} consumes a queue, and there is no [broker]",
                    *("parts", name, "ready"),
                )
            if BROKER in part.after and self.broker is None:
                raise KeyedError(
                    f"part {name!r} starts after the broker, and there is no [broker]",
                    *("parts", name, "after"),
                )

    def _require_attached(self) -> None:
        """Refuse what [attach] says of a part that is not there."""
        if self.attach is None:
            return
        for name in self.attach.names:
            if name != BROKER:
                self._require_part(name, "[attach] names", "attach", "names", name)
        for name in self.attach.restarts:
            self._require_part(name, "[attach] restarts", "attach", "restarts")

    def _require_place(self, seed: Seed, number: int) -> None:
        """Refuse a seed for a part that is not there, or that takes no requests."""
        if self.attach:
            if seed.command or seed.into not in self.named("gateway"):
                raise KeyedError(
                    "of a stack that is attached to, the gateway's address alone is known: put"
                    " seeds to it by requests, or have `reset` of [attach] put them in",
                    *("seed", number),
                )
            return
        known = dict(self.parts) if seed.command else self._listening("service")
        what = "part here" if seed.command else "service here"
        if seed.part and not seed.command:
            known, what = known | self._listening("gateway"), "gateway or service here"
        if seed.into not in known:
            raise KeyedError(
                f"seed names {seed.into!r}, which is no {what}{meant(seed.into, known)}",
                *("seed", number, "part" if seed.part else "service"),
            )

    def _require_takers(self, name: str, scenario: Scenario) -> None:
        """Refuse a call that is said to be taken by what takes none."""
        known = [*self.named("resolver"), *self.named("gateway")]
        key = "flow" if scenario.flow else "calls"
        for at, call in enumerate(scenario.asked):
            if call.resolver is not None and call.resolver not in known:
                raise KeyedError(
                    f"{key.removesuffix('s')} {call.name!r} names {call.resolver!r}, which takes no"
                    f" calls here{meant(call.resolver, known)}; resolvers and gateway:"
                    f" {', '.join(known)}",
                    *("scenarios", name, key, at, "resolver"),
                )

    def _require_part(self, part: str, who: str, *where: str) -> None:
        if part not in self.parts:
            raise KeyedError(
                f"{who} {part!r}, which is no part here{meant(part, self.parts)}", *where
            )

    def _newer(self) -> str:
        """Return what needs the second format; "" where nothing does."""
        about = ((f"part {name!r}", part.newer) for name, part in self.parts.items())
        own = [f"{what} of {where}" for where, what in about if what]
        if self.compose is not None:
            return "`compose`"
        if self.attach is not None:
            return "[attach]"
        own += [seed.newer for seed in self.seed if seed.newer]
        own += ["[faults]"] if self.faults else []
        own += [self.broker.newer if self.broker else "", self.contract.newer]
        return next(filter(None, own), "")


def read_stack_file(path: Path) -> StackSpec:
    """Read and validate a stack file; raise SpecError with one sentence that names file and key."""
    what, expected = "Stack file", "a stack file"
    text, data = toml_in(path, what=what, expected=expected, gone="; there is none")
    data, notes = with_compose(data, path.resolve().parent)
    spec = struct_of(data, StackSpec, text=text, begins=f"{what} {path} is")
    attach = with_preset(spec.attach, spec.parts) if spec.attach else None
    return structs.replace(spec, folder=path.resolve().parent, notes=notes, attach=attach)


__all__ = [
    "Broker", "Contract", "Image", "Link", "Part", "Role", "Seed", "StackSpec", "Telemetry",
    "read_stack_file",
]  # fmt: skip
