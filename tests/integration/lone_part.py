"""One part of the reference system without the others, started as its stack file says."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from testcontainers_fixtures.engines.child import Child
from testcontainers_fixtures.engines.engine import Launch
from testcontainers_fixtures.engines.process_table import living
from testcontainers_fixtures.engines.processes import ProcessesEngine
from testcontainers_fixtures.part_readiness import wait_ready
from testcontainers_fixtures.stack_spec import read_stack_file

SPEC = read_stack_file(Path(__file__).parents[2] / "system" / "stack.toml")
READY_WITHIN_S = 30.0


@contextmanager
def alone(  # noqa: PLR0913 -- all but two by keyword, each with one meaning
    folder: Path,
    part: str,
    *,
    settings: Mapping[str, str],
    workers: int = 2,
    ready: str = "GET /health",
    program: tuple[str, ...] = (),
) -> Iterator[Child]:
    """Give the running part; it is ended with the block.

    `program`, if given, stands in place of the first word of its command.
    """
    engine = ProcessesEngine(folder)
    address = engine.reserve(part, SPEC.parts[part].port or 0)
    places = {"host": address.bind, "port": address.port, "workers": workers}
    command = tuple(word.format(**places) for word in SPEC.parts[part].command)
    command = (*program, *command[1:]) if program else command
    where = {"{host}": address.bind, "{port}": str(address.port)}
    told = {name: where[v] for name, v in SPEC.parts[part].settings.items() if v in where}
    order = Launch(name=part, command=command, environment=told | dict(settings), address=address)
    try:
        running = engine.launch(order)
        assert isinstance(running, Child)  # noqa: S101 -- what this engine launches
        wait_ready(running, ready, timeout_s=READY_WITHIN_S)
        yield running
    finally:
        engine.close()


def workers_of(part: Child) -> list[int]:
    """Return the process ids of its workers."""
    return [found.pid for found in living() if found.session == part.pid != found.pid]
