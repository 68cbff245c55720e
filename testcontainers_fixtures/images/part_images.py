"""Finds or makes every image that a stack runs in: the broker's, the system's, and parts' own."""

from dataclasses import dataclass, field
from functools import partial
from typing import Final

import docker

from testcontainers_fixtures.engines.docker_access import Progress, quiet
from testcontainers_fixtures.images.bases import Bases, find_bases, present_or_pulled
from testcontainers_fixtures.images.build import build_part, build_system, require_contexts
from testcontainers_fixtures.stack_file.image_spec import Build
from testcontainers_fixtures.stack_spec import StackSpec

UNPRIVILEGED: Final = "10001:10001"  # for an image that names no user of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class StackImages:
    """Names of images: `system` is that of all parts without one of their own, or the base."""

    bases: Bases
    broker: str
    system: str
    own: dict[str, str] = field(default_factory=dict)

    def of(self, part: str) -> str:
        """Return the image that a part runs in."""
        return self.own.get(part, self.system)


def find_images(
    client: docker.DockerClient, spec: StackSpec, *, on_progress: Progress = quiet
) -> StackImages:
    """Return the images of a stack, each fetched or built first where it is not there.

    Raises:
        MissingNeedError: one can neither be pulled nor made.
        SpecError: what one is built from is not there.
        StartError: a build failed.

    """
    require_contexts(spec)  # making a base may take minutes
    bases = find_bases(client, on_progress=on_progress)
    asked = spec.broker.image if spec.broker else None
    broker = bases.broker
    if asked:
        broker = present_or_pulled(client, asked, "The broker", on_progress=on_progress)
    shared = any(part.own_image is None for part in spec.parts.values())
    build = partial(build_system, client, spec, base=bases.system, on_progress=on_progress)
    return StackImages(
        bases=bases,
        broker=broker,
        system=build() if shared else bases.system,
        own=_own(client, spec, bases.system, on_progress),
    )


def _own(
    client: docker.DockerClient, spec: StackSpec, base: str, on_progress: Progress
) -> dict[str, str]:
    found: dict[str, str] = {}
    built: dict[str, str] = {}  # two parts of one build have one image
    for name, part in spec.parts.items():
        asked = part.own_image
        if isinstance(asked, str):
            found[name] = present_or_pulled(
                client, asked, f"Part {name!r}", on_progress=on_progress
            )
        elif isinstance(asked, Build):
            if repr(asked) not in built:
                built[repr(asked)] = build_part(
                    client, asked, part=name, spec=spec, base=base, on_progress=on_progress
                )
            found[name] = built[repr(asked)]
    return found


def user_of(client: docker.DockerClient, image: str) -> str:
    """Return the user of an image that all parts share: its own, unless that is root."""
    user = client.images.get(image).attrs["Config"]["User"]
    return UNPRIVILEGED if user.partition(":")[0] in {"", "0", "root"} else str(user)
