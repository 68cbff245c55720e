"""Chooses the base images: pulled where a registry answers, else bootstrapped from Debian."""

import os
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from docker.utils import parse_repository_tag
from requests.exceptions import RequestException

from testcontainers_fixtures.engines.docker_access import Progress, quiet
from testcontainers_fixtures.errors import MissingNeedError, SpecError
from testcontainers_fixtures.images import bootstrap

# The tag is for people; the digest, of the index of all platforms, is what is pulled.
BROKER_IMAGE = (
    "rabbitmq:4-management@sha256:ffd1b50c522ad20172ffd6716a2f41db375c7269560c8f3fb9a694e210ef0852"
)
SYSTEM_IMAGE = (
    "python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b"
)
FIRST_ANSWER_S = 10.0  # a registry that says nothing for so long is taken for unreachable
NO_PROGRESS_S = 60.0

Origin = Literal["pulled", "bootstrapped"]


class PullError(Exception):
    """A registry did not answer, refused, or stopped sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """Names of the images that the broker runs from and the system is built on."""

    broker: str
    system: str
    origin: Origin


def find_bases(
    client: docker.DockerClient, *, forced: str | None = None, on_progress: Progress = quiet
) -> Bases:
    """Return the bases, fetching or making them once; later calls find them present.

    What is present is used without asking a registry. `forced`, by default `STACK_BASE` of the
    environment, may be "pulled" or "bootstrapped".

    Raises:
        SpecError: `forced` is neither.
        MissingNeedError: the bases can be neither pulled nor made here.

    """
    origin = _asked_for(forced if forced is not None else os.environ.get("STACK_BASE"))
    if origin == "bootstrapped":
        return _bootstrapped(client, on_progress)
    if all(is_present(client, name) for name in (BROKER_IMAGE, SYSTEM_IMAGE)):
        return Bases(broker=BROKER_IMAGE, system=SYSTEM_IMAGE, origin="pulled")
    if origin is None and is_present(client, bootstrap.RECIPE.tag):
        return _bootstrapped(client, on_progress)
    try:
        return _pulled(client, on_progress)
    except PullError as error:
        if origin == "pulled":
            raise MissingNeedError(
                f"Expected to pull the base images; {error}: give access to a registry, or unset "
                "STACK_BASE to have a base made from Debian packages."
            ) from error
        on_progress(f"No base image could be pulled ({error}): making one from Debian packages")
    return _bootstrapped(client, on_progress)


def is_present(client: docker.DockerClient, name: str) -> bool:
    """Tell whether the engine has an image of that name."""
    try:
        client.images.get(name)
    except ImageNotFound:
        return False
    return True


def present_or_pulled(
    client: docker.DockerClient, name: str, user: str, *, on_progress: Progress = quiet
) -> str:
    """Return the name of an image that the engine has, or now has; `user` says who needs it.

    Raises MissingNeedError where it is not there and cannot be pulled.
    """
    if not is_present(client, name):
        try:
            pull(client, name, on_progress=on_progress)
        except PullError as error:
            raise MissingNeedError(
                f"{user} needs the image {name}, which the Docker engine does not have and could"
                f" not pull ({error}): correct its name, give access to a registry, or load it"
                " (`docker load`)."
            ) from error
    return name


def pull(
    client: docker.DockerClient,
    name: str,
    *,
    first_answer_s: float = FIRST_ANSWER_S,
    no_progress_s: float = NO_PROGRESS_S,
    on_progress: Progress = quiet,
) -> None:
    """Pull one image; raise PullError when the registry refuses or falls silent.

    The engine itself may wait for minutes, and its answer cannot be cut short: it is read in a
    thread that is left behind then.
    """
    repository, version = _reference(name)
    events: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()

    def read() -> None:
        try:
            for event in client.api.pull(repository, tag=version, stream=True, decode=True):
                events.put(PullError(event["error"]) if "error" in event else event["status"])
        except (DockerException, RequestException) as error:
            events.put(error)
        events.put(None)

    threading.Thread(target=read, name=f"pull {name}", daemon=True).start()
    for status in _statuses(events, first_answer_s, no_progress_s):
        on_progress(f"Pulling {name}: {status}")


def _reference(name: str) -> tuple[str, str]:
    """Return the repository, and the digest where the name has one, else the tag, or latest."""
    tagged, _, digest = name.partition("@")
    repository, tag = parse_repository_tag(tagged)
    return repository, digest or tag or "latest"


def _statuses(
    events: "queue.SimpleQueue[str | Exception | None]", first_answer_s: float, no_progress_s: float
) -> Iterator[str]:
    timeout_s = first_answer_s
    while True:
        try:
            event = events.get(timeout=timeout_s)
        except queue.Empty:
            raise PullError(f"the registry said nothing for {timeout_s:.0f} s") from None
        if event is None:
            return
        if isinstance(event, Exception):
            raise PullError(_sentence(event)) from event
        yield event
        timeout_s = no_progress_s


def _sentence(error: Exception) -> str:
    return str(error.explanation) if isinstance(error, APIError) else str(error)


def _asked_for(value: str | None) -> Origin | None:
    match value or None:
        case None | "pulled" | "bootstrapped" as origin:
            return origin
        case other:
            raise SpecError(
                f"Expected STACK_BASE to be 'pulled' or 'bootstrapped'; it is {other!r}: "
                "set it to one of them, or unset it."
            )


def _pulled(client: docker.DockerClient, on_progress: Progress) -> Bases:
    for name in (BROKER_IMAGE, SYSTEM_IMAGE):
        if not is_present(client, name):
            pull(client, name, on_progress=on_progress)
    return Bases(broker=BROKER_IMAGE, system=SYSTEM_IMAGE, origin="pulled")


def _bootstrapped(client: docker.DockerClient, on_progress: Progress) -> Bases:
    tag = bootstrap.make(client, bootstrap.RECIPE, on_progress=on_progress)
    return Bases(broker=tag, system=tag, origin="bootstrapped")
