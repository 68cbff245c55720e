"""Chooses who reads what an engine says of its parts."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from testcontainers_fixtures.scaling import kubectl_top
from testcontainers_fixtures.scaling.command_runs import CommandRuns
from testcontainers_fixtures.scaling.deployed import EngineReader
from testcontainers_fixtures.scaling.kubernetes_parts import KubernetesParts
from testcontainers_fixtures.scaling.scaling_commands import ScalingCommand
from testcontainers_fixtures.scaling.swarm_parts import SwarmParts
from testcontainers_fixtures.stack_file.attach_spec import Attach, EngineName
from testcontainers_fixtures.stack_file.part_spec import BROKER
from testcontainers_fixtures.stack_spec import StackSpec

READERS: Final[Mapping[EngineName, type[KubernetesParts] | type[SwarmParts]]] = {
    "kubernetes": KubernetesParts,
    "swarm": SwarmParts,
}


def engine_reader(attach: Attach, parts: Iterable[str], runs: CommandRuns) -> EngineReader | None:
    """Return who reads for the engine of a stack file; None where it names none."""
    return READERS[attach.engine](attach, parts, runs) if attach.engine else None


def known_parts(spec: StackSpec) -> list[str]:
    """Return the parts that an engine may tell of, the broker among them."""
    return [*spec.parts, *([BROKER] if spec.broker else [])]


def reading_commands(attach: Attach, spec: StackSpec) -> tuple[ScalingCommand, ...]:
    """Return all commands by which a run reads of its engine; none without one."""
    runs = CommandRuns(folder=spec.folder, log=Path(), within_s=attach.within_s)
    reader = engine_reader(attach, known_parts(spec), runs)
    usage = (kubectl_top.command_of(attach),) if attach.usage == "kubernetes" else ()
    return (*reader.commands(), *usage) if reader else usage
