"""The commands of the engines that are known: what [attach] is filled in with where it names one.

{target}              a part, as the engine's command takes it
{number}              the placeholder of the number: {copies}, {workers}, {prefetch}
{variable}            the variable of the environment that a part takes its number from
{where} {within_s}    kubectl's namespace and context; how long it may wait
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from testcontainers_fixtures.stack_file.attach_spec import (
    PLACEHOLDERS,
    Attach,
    EngineName,
    Scale,
)
from testcontainers_fixtures.stack_file.part_spec import Part, Role

# Whose number each is.
ROLES: Final[Mapping[str, Role]] = {
    "resolvers": "resolver",
    "service_workers": "service",
    "gateway_workers": "gateway",
    "prefetch": "resolver",
}
# So much sooner than its bound a command gives up by itself, and says why.
_SOONER: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineCommands:
    """An engine's command lines, and whether those that change something wait by themselves.

    What waits is told not to (`aside`) where several parts are changed: they then change beside
    each other, and `settled` waits for all.
    """

    copies: str
    variable: str
    restarted: str
    settled: str
    waits: bool
    aside: str = ""


COMMANDS: Final[Mapping[EngineName, EngineCommands]] = {
    "swarm": EngineCommands(
        copies="docker service scale {target}={number}",
        variable="docker service update --quiet{aside} --env-add {variable}={number} {target}",
        restarted="docker service update --quiet{aside} --force {target}",
        # An update of nothing reads the tasks until all of them run; Swarm refuses it now and then
        # while it changes them.
        settled="docker service update --quiet {target}",
        waits=True,
        aside=" --detach",
    ),
    "kubernetes": EngineCommands(
        copies="kubectl {where} scale {target} --replicas={number}",
        variable="kubectl {where} set env {target} {variable}={number}",
        restarted="kubectl {where} rollout restart {target}",
        settled="kubectl {where} rollout status {target} --timeout={within_s}s",
        waits=False,
    ),
}


def with_preset(attach: Attach, parts: Mapping[str, Part]) -> Attach:
    """Return [attach] with the commands of its engine where it says none; without one as it is."""
    if attach.engine is None:
        return attach
    preset = _Preset(attach, parts, COMMANDS[attach.engine])
    scale = {key: attach.scale.lines(key) or tuple(preset.scaling(key)) for key in PLACEHOLDERS}
    return structs.replace(
        attach,
        scale=Scale(**scale),
        settled=attach.settled or tuple(preset.settling()),
        reset=attach.reset or tuple(preset.restarting()),
        usage=attach.usage or (f"swarm:{attach.stack}" if attach.engine == "swarm" else None),
    )


def variable_of(attach: Attach, key: str) -> str | None:
    """Return the variable by which parts are told a number; None for copies, and where unknown."""
    known = {"prefetch": attach.prefetch_variable, "resolvers": None}
    return known.get(key, attach.workers_variable)


def kubectl_where(attach: Attach) -> str:
    """Return the options of kubectl that say which cluster and which namespace are meant."""
    context = f" --context={shlex.quote(attach.context)}" if attach.context else ""
    return f"--namespace={attach.namespace}{context}"


def target(attach: Attach, part: str) -> str:
    """Return a part as the words of a command name it."""
    called = attach.called(part)
    if attach.engine == "kubernetes" and "=" in called:
        return f"deployment {shlex.quote(f'--selector={called}')}"
    plain = attach.engine == "swarm" or "/" in called
    return called if plain else f"deployment/{called}"


@dataclass(frozen=True, slots=True)
class _Preset:
    attach: Attach
    parts: Mapping[str, Part]
    lines: EngineCommands

    def scaling(self, key: str) -> Iterator[str]:
        """Yield what makes so many of something; nothing where the file says no number of it."""
        variable = variable_of(self.attach, key)
        if getattr(self.attach, key) is None or (key != "resolvers" and variable is None):
            return
        line = self.lines.copies if key == "resolvers" else self.lines.variable
        named = self._named(key)
        for part in named:
            yield self._line(
                *(line, part),
                number=f"{{{PLACEHOLDERS[key]}}}",
                variable=variable,
                aside=self.lines.aside if len(named) > 1 else "",
            )

    def restarting(self) -> Iterator[str]:
        """Yield what starts the parts over whose data go with them."""
        for part in self.attach.restarts:
            yield self._line(self.lines.restarted, part, aside=self.lines.aside)

    def settling(self) -> Iterator[str]:
        """Yield what waits for each part that may be changed, and is not waited for already."""
        said = [key for key in ROLES if getattr(self.attach, key) is not None]
        several = (key for key in said if not self.lines.waits or len(self._named(key)) > 1)
        parts = [part for key in several for part in self._named(key)]
        for part in dict.fromkeys([*parts, *self.attach.restarts]):
            yield self._line(self.lines.settled, part)

    def _named(self, key: str) -> list[str]:
        return [name for name, part in self.parts.items() if part.role == ROLES[key]]

    def _line(self, line: str, part: str, **values: object) -> str:
        return line.format(
            target=target(self.attach, part),
            where=kubectl_where(self.attach),
            within_s=max(1, int(_SOONER * self.attach.within_s)),
            **values,
        )
