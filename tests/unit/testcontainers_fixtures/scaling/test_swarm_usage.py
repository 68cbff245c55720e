"""What a Swarm's tasks use is known where all of them run on this machine, and else not at all."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from testcontainers_fixtures.scaling.swarm_usage import SwarmUsage


def task(node: str, state: str = "running") -> dict[str, Any]:
    container = {"ContainerID": f"{node}-1"}
    return {"NodeID": node, "Status": {"State": state, "ContainerStatus": container}}


def swarm(*tasks: dict[str, Any]) -> tuple[SwarmUsage, list[dict[str, str]]]:
    """Return the usage of a Swarm that has these tasks, and what it is asked for."""
    asked: list[dict[str, str]] = []

    def told(wanted: dict[str, str]) -> list[dict[str, Any]]:
        asked.append(wanted)
        return list(tasks)

    client = SimpleNamespace(
        info=lambda: {"Swarm": {"NodeID": "here"}},
        api=SimpleNamespace(tasks=told),
        containers=SimpleNamespace(get=str),
    )
    return SwarmUsage("shop", cast("Any", client)), asked


@pytest.mark.parametrize(
    ("tasks", "count"),
    [
        ([task("here"), task("here")], 2),
        ([task("here"), task("here", "starting")], 1),
        ([task("here"), task("there")], 0),
        ([], 0),
    ],
    ids=["all here", "one that does not run yet", "one elsewhere", "none"],
)
def test_each_running_task_is_measured_unless_one_is_elsewhere(
    tasks: list[dict[str, Any]], count: int
) -> None:
    usage, asked = swarm(*tasks)

    assert len(usage.measured("resolver")) == count
    assert asked == [{"service": "shop_resolver", "desired-state": "running"}]


def test_tasks_are_looked_for_once_until_they_have_changed() -> None:
    usage, asked = swarm(task("here"))
    usage.measured("gateway")
    usage.measured("gateway")
    usage.forget()
    usage.measured("gateway")

    assert len(asked) == 2
