"""Says to Docker what a container has beside its image: volumes, memory, files, and options."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from docker.types import Mount
from testcontainers.core.container import DockerContainer

from testcontainers_fixtures.stack_file.image_spec import ContainerOptions

NANO: Final = 1_000_000_000


class FilledContainer(DockerContainer):
    """A container into which a whole archive is put before it starts."""

    archive: bytes | None = None

    def _transfer_into_container(self, *given: Any) -> None:  # noqa: ANN401 -- as it is declared
        # testcontainers has a hook for single files, at the right moment: made, and not started.
        transferable, *_ = given
        if self.archive is not None and transferable is self.archive:
            self.get_wrapped_container().put_archive("/", self.archive)
        else:
            super()._transfer_into_container(*given)

    def with_archive(self, archive: bytes) -> None:
        """Put what a tar archive holds at the paths that it says."""
        self.archive = archive
        self.with_copy_into_container(archive, "/")


def mounts(volumes: Mapping[str, str]) -> list[Mount]:
    """Return the mounts of volumes: each by its name in the engine, with its path inside."""
    return [Mount(target=inside, source=name, type="volume") for name, inside in volumes.items()]


def absolute(files: Mapping[str, Path], data: str) -> dict[str, Path]:
    """Return files by where they are to be in a container whose data folder is `data`."""
    return {
        place if place.startswith("/") else f"{data}/{place}": file for place, file in files.items()
    }


def docker_options(options: ContainerOptions) -> dict[str, Any]:
    """Return what docker-py is told of a container that is made otherwise than usual."""
    said: dict[str, Any] = {
        "hostname": options.hostname,
        "init": options.init,
        "read_only": options.read_only,
        "shm_size": options.shm_size,
        "mem_limit": options.memory,
        "nano_cpus": round(options.cpus * NANO) if options.cpus else None,
        "cap_add": list(options.cap_add) or None,
        "cap_drop": list(options.cap_drop) or None,
        "extra_hosts": options.extra_hosts or None,
    }
    return {name: value for name, value in said.items() if value is not None}
