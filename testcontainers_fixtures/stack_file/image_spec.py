"""Where the image of a part comes from, and how its container is made otherwise than usual."""

from typing import Annotated

from msgspec import Meta, Struct

from testcontainers_fixtures.stack_file.spec_fields import LocalPath

ImageName = Annotated[str, Meta(pattern=r"^[a-z0-9][^\s]*$")]
# As Docker writes them: 64m, 1g, or bytes.
Size = Annotated[str, Meta(pattern=r"^\d+(\.\d+)?\s*[bkmgBKMG]?[bB]?$")]
Capability = Annotated[str, Meta(pattern=r"^[A-Z_]+$")]


class Build(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a part's image is built: as `docker build` and a compose file have it.

    `context` is relative to the stack file and `dockerfile` to the context; `target` is a stage.
    """

    context: LocalPath = "."
    dockerfile: LocalPath = "Dockerfile"
    dockerfile_inline: str | None = None
    target: str | None = None
    args: dict[str, str] = {}


class ContainerOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `docker run` would be told of a container beside its image: for containers alone.

    `aliases` are further names by which other parts reach it.
    """

    aliases: tuple[str, ...] = ()
    hostname: str | None = None
    init: bool | None = None
    read_only: bool | None = None
    shm_size: Size | None = None
    memory: Size | None = None
    cpus: Annotated[float, Meta(gt=0)] | None = None
    cap_add: tuple[Capability, ...] = ()
    cap_drop: tuple[Capability, ...] = ()
    extra_hosts: dict[str, str] = {}


def built(build: str | Build | None) -> Build | None:
    """Return what `build` means: by itself it is the context."""
    return Build(context=build) if isinstance(build, str) else build
