"""Chooses the engine: the one asked for, else containers where a Docker engine answers."""

import os
from collections.abc import Callable
from pathlib import Path

from testcontainers_fixtures.engines.docker_access import docker_engine_answers
from testcontainers_fixtures.engines.engine import Engine
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.folders.writable_folders import home
from testcontainers_fixtures.project.reference_system import require_needs
from testcontainers_fixtures.stack_spec import StackSpec

ENGINES = ("containers", "processes")
VARIABLE = "STACK_ENGINE"


def engine_name(asked: str | None = None) -> str:
    """Return the engine's name; raise SpecError for one that does not exist."""
    name = asked or os.environ.get(VARIABLE) or None
    if name is None:
        return "containers" if docker_engine_answers() else "processes"
    if name not in ENGINES:
        raise SpecError(f"Expected an engine out of {', '.join(ENGINES)}; seen: {name!r}.")
    return name


def choose_engine(
    asked: str | None,
    spec: StackSpec,
    run_folder: Path,
    on_event: Callable[[str], None],
    *,
    cores: frozenset[int] | None = None,
) -> Engine:
    """Return a new engine that has started nothing yet; its parts are kept on `cores`.

    Raises SpecError for a stack that is attached to, of which nothing says how it is started.
    """
    require_startable(spec)
    if engine_name(asked) == "processes":
        require_commands(spec)
        from testcontainers_fixtures.engines.processes import ProcessesEngine  # noqa: PLC0415 -- one engine's needs are not the other's

        require_needs(spec.folder)
        return ProcessesEngine(run_folder, cwd=spec.workdir, cores=cores, on_progress=on_event)
    home()  # asked for as the next line is read
    from testcontainers_fixtures.engines.containers import ContainersEngine  # noqa: PLC0415 -- as above

    return ContainersEngine(run_folder, spec, cores=cores, on_progress=on_event)


def require_startable(spec: StackSpec) -> None:
    """Raise SpecError where a part has a role alone: such a stack is attached to by load runs."""
    if missing := [name for name, part in spec.parts.items() if not part.startable]:
        raise SpecError(
            f"Stack {spec.name!r} is up already ([attach]), and nothing says how part"
            f" {missing[0]!r} is started: load runs take it as it is, the contract suite with"
            " --gateway URL."
        )


def require_commands(spec: StackSpec) -> None:
    """Raise SpecError where a part cannot be a process: of a compose file, or without a command."""
    if spec.compose is not None:
        raise SpecError(
            f"Stack {spec.name!r} has its parts from a compose file, whose paths and users are of"
            " containers, so it runs on containers alone: choose --engine containers, with a Docker"
            " engine."
        )
    if missing := [name for name, part in spec.parts.items() if not part.command]:
        raise SpecError(
            f"Part {missing[0]!r} has an image and no `command`, so this stack runs on containers"
            " alone: choose --engine containers, with a Docker engine, or give the part a command."
        )
