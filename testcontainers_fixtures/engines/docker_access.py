"""Finds the Docker engine of this machine and sets testcontainers up for it."""

import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from testcontainers_fixtures.errors import MissingNeedError
from testcontainers_fixtures.folders.writable_folders import home
from testcontainers_fixtures.http_client.proxies import spare_this_machine

# Docker's client is imported where it is used: it takes every command a tenth of a second, and many
# never speak to an engine.
if TYPE_CHECKING:
    from docker import DockerClient

LOOPBACK = "127.0.0.1"
PING_TIMEOUT_S = 2.0
CALL_TIMEOUT_S = 60.0
SOCKET = "unix:///var/run/docker.sock"
NO_ENGINE = (
    "Expected a Docker engine that this user may speak to; none answers: start one, or choose "
    "STACK_ENGINE=processes."
)

Progress = Callable[[str], None]


def quiet(_message: str) -> None:
    """Report progress to nobody."""


def set_testcontainers_defaults() -> None:
    """Reach containers on the loopback address, and do without a reaper container.

    In a container or a small VM testcontainers takes the bridge gateway for the host, where our
    ports are not published. The reaper (Ryuk) is an image of its own that may be out of reach, so
    `ownership` reaps instead. What the user set stays.
    """
    from testcontainers.core.config import testcontainers_config  # noqa: PLC0415 -- see _docker_host

    if testcontainers_config.tc_host_override is None:
        testcontainers_config.tc_host_override = LOOPBACK
    if "TESTCONTAINERS_RYUK_DISABLED" not in os.environ:
        testcontainers_config.ryuk_disabled = True


def docker_client(timeout_s: float = CALL_TIMEOUT_S) -> "DockerClient":
    """Return a client of the engine that testcontainers would use; the caller closes it.

    Raises:
        MissingNeedError: no engine can be spoken to.

    """
    host = _docker_host()
    set_testcontainers_defaults()
    spare_this_machine()
    if not _accepts(host):
        raise MissingNeedError(NO_ENGINE)
    from docker.errors import DockerException  # noqa: PLC0415 -- see above
    from testcontainers.core import docker_client  # noqa: PLC0415 -- see _docker_host

    try:
        return docker_client.DockerClient(timeout=timeout_s).client
    except DockerException as error:
        raise MissingNeedError(NO_ENGINE) from error


def docker_engine_answers() -> bool:
    """Tell within about two seconds whether a Docker engine of this machine answers.

    An engine elsewhere does not count: the parts' ports are published on its loopback, not ours.
    """
    try:
        if not _is_local(_docker_host()):
            return False
        client = docker_client(timeout_s=PING_TIMEOUT_S)
    except MissingNeedError:
        return False
    from docker.errors import DockerException  # noqa: PLC0415 -- see above
    from requests.exceptions import RequestException  # noqa: PLC0415 -- see above

    try:
        return bool(client.ping())
    except (DockerException, RequestException):
        return False
    finally:
        client.close()


def docker_engine_is_here() -> bool:
    """Tell whether the Docker engine that is meant is this machine's, whether or not it answers."""
    return _is_local(_docker_host())


def _docker_host() -> str | None:
    # testcontainers asks for it as it is imported, so that is done where containers are meant.
    home()
    from testcontainers.core.docker_client import get_docker_host  # noqa: PLC0415 -- see above

    return get_docker_host()


def _accepts(docker_host: str | None) -> bool:
    """Tell whether somebody listens on the engine's socket; any other kind of address may.

    docker-py would find out too, and leave a socket open in doing so.
    """
    url = urlparse(docker_host or SOCKET)
    if url.scheme != "unix":
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(PING_TIMEOUT_S)
        return probe.connect_ex(url.path) == 0


def _is_local(docker_host: str | None) -> bool:
    if docker_host is None:
        return True
    url = urlparse(docker_host)
    return url.scheme in {"unix", "npipe"} or url.hostname in {"localhost", LOOPBACK, "::1"}
