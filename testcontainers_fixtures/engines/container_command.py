"""Runs a command in a container that is up already."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

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
