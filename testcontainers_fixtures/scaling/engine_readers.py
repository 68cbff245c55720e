"""Chooses who reads what an engine says of its parts."""

from collections.abc import Iterable, Mapping
from typing import Final

from testcontainers_fixtures.scaling.command_runs import CommandRuns
from testcontainers_fixtures.scaling.deployed import EngineReader
from testcontainers_fixtures.scaling.kubernetes_parts import KubernetesParts
from testcontainers_fixtures.scaling.swarm_parts import SwarmParts
from testcontainers_fixtures.stack_file.attach_spec import Attach, EngineName

READERS: Final[Mapping[EngineName, type[KubernetesParts] | type[SwarmParts]]] = {
    "kubernetes": KubernetesParts,
    "swarm": SwarmParts,
}


def engine_reader(attach: Attach, parts: Iterable[str], runs: CommandRuns) -> EngineReader | None:
    """Return who reads for the engine of a stack file; None where it names none."""
    return READERS[attach.engine](attach, parts, runs) if attach.engine else None
