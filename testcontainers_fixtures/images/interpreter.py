"""Says which Python an image has, asked once for each image."""

import docker
from docker.errors import DockerException

from testcontainers_fixtures.images.bootstrap import cache_folder

QUESTION = ["python", "-c", "import platform; print(platform.python_version())"]
UNKNOWN = "unknown"


def python_version(client: docker.DockerClient, image: str, labels: dict[str, str]) -> str:
    """Return the version of the image's `python`, "unknown" where it has none.

    The question costs a container, which bears `labels`; the answer is kept by the image's id.
    """
    identity = str(client.images.get(image).id).removeprefix("sha256:")
    kept = cache_folder() / f"{identity}.python"
    if not kept.exists():
        kept.write_text(_ask(client, image, labels), encoding="ascii")
    return kept.read_text(encoding="ascii")


def forget_gone(client: docker.DockerClient) -> None:
    """Drop the answers about images that the engine no longer has."""
    present = {str(image.id).removeprefix("sha256:") for image in client.images.list()}
    for kept in cache_folder().glob("*.python"):
        if kept.stem not in present:
            kept.unlink(missing_ok=True)


def _ask(client: docker.DockerClient, image: str, labels: dict[str, str]) -> str:
    try:
        answer = client.containers.run(
            image, QUESTION, entrypoint="", remove=True, network_mode="none", labels=labels
        )
    except DockerException:
        return UNKNOWN
    return str(answer.decode().strip())
