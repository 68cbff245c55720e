"""Finds the RabbitMQ that a private broker runs: the one on PATH, else an unpacked copy."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from testcontainers_fixtures.broker.debian_packages import unpacked_rabbitmq
from testcontainers_fixtures.errors import MissingNeedError
from testcontainers_fixtures.folders.writable_folders import cache_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A RabbitMQ that can be started: its own start script, epmd, and where `erl` is."""

    source: str
    server: Path
    epmd: Path
    programs: tuple[Path, ...]  # folders to put first on PATH

    @property
    def control(self) -> Path:
        """Return its command line, which stands beside the start script."""
        return self.server.with_name("rabbitmqctl")


def find_rabbitmq(cache: Path | None, on_progress: Callable[[str], None]) -> Installation:
    """Return a RabbitMQ to run; raise MissingNeedError when there is none and none can be made.

    `cache` is where a copy is unpacked; None: where they are kept across runs and harnesses.
    """
    on_path = shutil.which("rabbitmq-server")
    if on_path:
        return _on_path(Path(on_path))
    return _private(unpacked_rabbitmq(cache or cache_folder(), on_progress))


def _on_path(server: Path) -> Installation:
    erl, epmd = shutil.which("erl"), shutil.which("epmd")
    if erl is None or epmd is None:
        raise MissingNeedError(
            f"Found {server}, but no `erl` and `epmd` on PATH: add Erlang's bin folder to PATH."
        )
    # Debian's script on PATH only runs as root or rabbitmq; the real one stands beside its target.
    return Installation(
        source=f"on PATH ({server})",
        server=server.resolve().with_name("rabbitmq-server"),
        epmd=Path(epmd),
        programs=(Path(erl).parent,),
    )


def _private(root: Path) -> Installation:
    return Installation(
        source=f"private copy ({root.name})",
        server=root / "usr/lib/rabbitmq/bin/rabbitmq-server",
        epmd=root / "bin/epmd",
        programs=(root / "bin",),
    )
