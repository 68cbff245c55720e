"""Builds a system's image once for each content: what has not changed is found by its tag."""

import os
import re
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path

import docker
from docker.errors import DockerException

from testcontainers_fixtures.engines.docker_access import Progress, quiet
from testcontainers_fixtures.errors import StartError
from testcontainers_fixtures.folders.lock_file import exclusive
from testcontainers_fixtures.images.bases import is_present
from testcontainers_fixtures.images.bootstrap import DOING, IMAGE_LABEL, LOCK_WAIT_S, cache_folder
from testcontainers_fixtures.images.context import (
    DOCKERFILE,
    BuildContext,
    gather,
    gather_build,
)
from testcontainers_fixtures.images.prune import prune
from testcontainers_fixtures.stack_file.image_spec import Build
from testcontainers_fixtures.stack_spec import StackSpec

BUILD_SILENCE_S = 600
KEPT_LINES = 15
_OF_BUILDKIT = re.compile(r"requires BuildKit|[Uu]nknown flag|[Uu]nknown instruction")
# Where packages come from is the host's to say: passed on when set, named nowhere else.
PASSED_ON = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_DEFAULT_TIMEOUT"),
    *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_HTTP_TIMEOUT"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)


def require_contexts(spec: StackSpec) -> None:
    """Raise SpecError where what an image of the stack is built from is not there."""
    if any(part.own_image is None for part in spec.parts.values()):
        gather(spec.image, spec.folder)
    for name, part in spec.parts.items():
        if isinstance(part.own_image, Build):
            gather_build(part.own_image, spec.folder, name)


def build_system(
    client: docker.DockerClient, spec: StackSpec, *, base: str, on_progress: Progress = quiet
) -> str:
    """Return the tag of the image that holds the system, built first where it is not there.

    The Dockerfile gets the base image as `ARG BASE`, the package indexes and proxies of this
    environment as arguments of their own names, and the CA bundle that `SSL_CERT_FILE` names as
    `ca-bundle.pem` in the context. After a build, old images of the system are removed.

    Raises:
        SpecError: the Dockerfile or the files are not there.
        StartError: a build step failed; carries its last lines.

    """
    context = gather(spec.image, spec.folder)
    tag = _tag(client, spec, context, base)
    lock = cache_folder() / f"build-{spec.name}.lock"
    with exclusive(lock, doing=DOING, timeout_s=LOCK_WAIT_S):
        if not is_present(client, tag):
            on_progress(f"Building {tag}")
            _build(client, context, tag, build_arguments(base, os.environ), on_progress)
            prune(client, _repository(spec), on_progress=on_progress)
    return tag


def build_part(  # noqa: PLR0913 -- what it is built from, on and for
    client: docker.DockerClient,
    build: Build,
    *,
    part: str,
    spec: StackSpec,
    base: str,
    on_progress: Progress = quiet,
) -> str:
    """Return the tag of a part's own image, built first where it is not there.

    It is built as Docker would build it: its Dockerfile gets `build.args` and what of this
    environment says where packages come from, and `BASE`, which the system's image gets too, only
    where it asks for one without having a default.

    Raises:
        SpecError: the folder or the Dockerfile is not there.
        StartError: a build step failed; carries its last lines.

    """
    context = gather_build(build, spec.folder, part)
    given = build_arguments(base, os.environ)
    if not context.asks_for_base:
        del given["BASE"]
    given |= build.args
    repository = f"{_repository(spec)}-{part}"
    base_id = str(client.images.get(base).id) if "BASE" in given else ""
    said = (build.target or "", *(f"{key}={value}" for key, value in sorted(build.args.items())))
    tag = f"{repository}:{context.content_hash(base_id, *said)}"
    with exclusive(
        cache_folder() / f"build-{spec.name}-{part}.lock", doing=DOING, timeout_s=LOCK_WAIT_S
    ):
        if not is_present(client, tag):
            on_progress(f"Building {tag}")
            _build(client, context, tag, given, on_progress, target=build.target)
            prune(client, repository, on_progress=on_progress)
    return tag


def _tag(client: docker.DockerClient, spec: StackSpec, context: BuildContext, base: str) -> str:
    base_id = str(client.images.get(base).id)
    return f"{_repository(spec)}:{context.content_hash(base_id)}"


def _repository(spec: StackSpec) -> str:
    return f"gatewaybench-{spec.name}"


def build_arguments(base: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the build arguments: the base, and what of the environment is passed on."""
    return {"BASE": base} | {key: environment[key] for key in PASSED_ON if environment.get(key)}


def _ca_bundle(environment: Mapping[str, str]) -> Path | None:
    file = Path(environment.get("SSL_CERT_FILE") or "/nowhere")
    return file if file.is_file() else None


def _build(  # noqa: PLR0913 -- what is built, and as what
    client: docker.DockerClient,
    context: BuildContext,
    tag: str,
    arguments: dict[str, str],
    on_progress: Progress,
    *,
    target: str | None = None,
) -> None:
    try:
        events = client.api.build(
            fileobj=context.tar(ca_bundle=_ca_bundle(os.environ)),
            custom_context=True,
            dockerfile=DOCKERFILE,
            tag=tag,
            buildargs=arguments,
            target=target,
            labels={IMAGE_LABEL: "system"},
            rm=True,
            forcerm=True,
            decode=True,
            timeout=BUILD_SILENCE_S,
        )
        _follow(events, tag, on_progress)
    except DockerException as error:
        raise StartError(f"Expected to build {tag}; the Docker engine refused: {error}.") from error


def _follow(events: Iterable[dict[str, str]], tag: str, on_progress: Progress) -> None:
    step, last = "its first step", deque[str](maxlen=KEPT_LINES)
    for event in events:
        if error := event.get("error"):
            output = "\n".join(last)
            why = f"{error}.{_advice(error)}"
            raise StartError(f"Expected to build {tag}; {step} failed: {why} Output:\n{output}")
        if text := event.get("stream", "").strip():
            last.append(text)
            if text.startswith("Step "):
                step = text
                on_progress(f"Building {tag}: {text}")


def _advice(error: str) -> str:
    """Return what to do about a Dockerfile that only BuildKit understands; "" for all others."""
    if not _OF_BUILDKIT.search(error):
        return ""
    return (
        " The classic builder, which is all that the Docker API offers here, does not know that: "
        "build the image yourself (`docker build`) and name it as the part's `image`."
    )
