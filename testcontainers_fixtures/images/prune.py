"""Removes images of a system whose sources have long since changed."""

from functools import partial
from typing import Final

import docker

from testcontainers_fixtures.engines.docker_access import Progress, quiet
from testcontainers_fixtures.engines.ownership import if_there
from testcontainers_fixtures.images.interpreter import forget_gone

# Each holds some hundred megabytes. The newest few are of other branches, or of a run beside ours.
KEPT: Final = 4


def prune(
    client: docker.DockerClient, repository: str, *, on_progress: Progress = quiet
) -> list[str]:
    """Remove all images of a repository but the newest; one that a container uses stays.

    Returns the tags that were removed.
    """
    removed = []
    for tag in _newest_first(client, repository)[KEPT:]:
        if if_there(partial(client.api.remove_image, tag)):
            removed.append(tag)
            on_progress(f"Removed {tag}, whose sources have changed since")
    forget_gone(client)
    return removed


def _newest_first(client: docker.DockerClient, repository: str) -> list[str]:
    images = client.images.list(name=repository)
    newest_first = sorted(images, key=lambda image: image.attrs["Created"], reverse=True)
    return [tag for image in newest_first for tag in image.tags if tag.startswith(f"{repository}:")]
