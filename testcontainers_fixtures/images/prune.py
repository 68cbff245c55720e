"""Removes images that no present source would use again."""

from collections.abc import Collection
from functools import partial

import docker

from testcontainers_fixtures.engines.docker_access import Progress, quiet
from testcontainers_fixtures.engines.ownership import if_there
from testcontainers_fixtures.images.bootstrap import IMAGE_LABEL


def prune(
    client: docker.DockerClient, *, keep: Collection[str] = (), on_progress: Progress = quiet
) -> list[str]:
    """Remove the images that this package made, base images too, except the tags in `keep`.

    An image that a container still uses, or that a kept one is built on, stays. Returns what was
    removed, by tag or id.
    """
    ours = client.images.list(all=True, filters={"label": IMAGE_LABEL})
    removed = []
    # A child is newer than its parent, and must go first.
    for image in sorted(ours, key=lambda image: image.attrs["Created"], reverse=True):
        names = image.tags or [str(image.id)]
        if not set(names) & set(keep) and _removed(client, names):
            removed += names
            on_progress(f"Removed {', '.join(names)}")
    return removed


def _removed(client: docker.DockerClient, names: list[str]) -> bool:
    return all([if_there(partial(client.api.remove_image, name)) for name in names])
