"""Removes images that no present source would use again."""

from collections.abc import Collection
from functools import partial

import docker

from testcontainers_fixtures.engines.docker_access import Progress, quiet
from testcontainers_fixtures.engines.ownership import if_there
from testcontainers_fixtures.images.bootstrap import IMAGE_LABEL
from testcontainers_fixtures.images.interpreter import forget_gone


def prune(
    client: docker.DockerClient, *, keep: Collection[str] = (), on_progress: Progress = quiet
) -> list[str]:
    """Remove the images that this package made, base images too, except the tags in `keep`.

    An image that a container still uses, or that a kept one is built on, stays. Returns what was
    removed, by tag or id. With the layers that hold dependencies goes the shortcut of the next
    build. What to keep is told by `find_bases` and `build.system_tag`.
    """
    removed = []
    for names in made_here(client):
        if not set(names) & set(keep) and _removed(client, names):
            removed += names
            on_progress(f"Removed {', '.join(names)}")
    forget_gone(client)
    return removed


def made_here(client: docker.DockerClient) -> list[list[str]]:
    """Return the tags, or else the id, of each image that this package made, newest first.

    A child is newer than its parent, and must go before it.
    """
    ours = client.images.list(all=True, filters={"label": IMAGE_LABEL})
    newest_first = sorted(ours, key=lambda image: image.attrs["Created"], reverse=True)
    return [image.tags or [str(image.id)] for image in newest_first]


def _removed(client: docker.DockerClient, names: list[str]) -> bool:
    # An image with two tags goes with the last of them, so none may be skipped.
    gone = [if_there(partial(client.api.remove_image, name)) for name in names]
    return all(gone)
