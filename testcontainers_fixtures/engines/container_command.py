"""Runs a command in a container that is up already."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, cast

from docker.errors import DockerException
from requests.exceptions import RequestException

from testcontainers_fixtures.errors import StackError

if TYPE_CHECKING:
    from docker.models.containers import Container


def ran_inside(
    container: "Container",
    command: Sequence[str],
    *,
    user: str = "",
    environment: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Return a command's exit code and all that it said; "" is the container's own user.

    It is bounded by the time that the Docker client waits for an answer.
    """
    code, said = container.exec_run(list(command), user=user, environment=dict(environment or {}))
    # Typed for streaming too; without it the whole output comes, and with it a code.
    return cast("int", code), cast("bytes", said).decode(errors="replace")


def ran_inside_within(
    container: "Container", command: Sequence[str], *, within_s: float
) -> tuple[int, str]:
    """Return a command's exit code and all that it said, or raise StackError after `within_s`.

    The engine ends no command by itself: one that takes too long goes with its container, and so
    does the thread that waits for it.
    """
    done: Future[tuple[int, str]] = Future()

    def run() -> None:
        try:
            done.set_result(ran_inside(container, command))
        except (DockerException, RequestException) as error:
            done.set_exception(StackError(f"{command[0]} could not be run: {error}"))

    threading.Thread(target=run, name=f"in {container.name}", daemon=True).start()
    try:
        return done.result(timeout=within_s)
    except TimeoutError:
        raise StackError(f"{command[0]} did not end within {within_s:.1f} s") from None
