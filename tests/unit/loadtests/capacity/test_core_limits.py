"""What a worker of a gateway or a service can use of the cores, by what its engine allows."""

from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from loadtests.capacity.core_limits import core_limits
from reports.record.measurements import Configuration, Node
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file
from tests.unit.loadtests.capacity import backed_shop
from tests.unit.loadtests.capacity.test_backing_parts import LIMITED

BY_REPLICAS: Final = (
    "kubectl scale deployment/front --replicas={workers}",
    "docker service scale shop_front={workers}",
    "docker compose up --detach --scale front={workers}",
    r"kubectl patch deployment/front --patch {\"spec\":{\"replicas\":{workers}}}",
)
ATTACH: Final = """
[attach]
gateway = "http://127.0.0.1:9"
gateway_workers = 1"""
BY_A_VARIABLE: Final = (
    "kubectl set env deployment/front WEB_CONCURRENCY={workers}",
    "kubectl --namespace=scale-test set env deployment/front WEB_CONCURRENCY={workers}",
    "kubectl set env deployment/replicas-demo WEB_CONCURRENCY={workers}",
    "/opt/scale/set-workers.sh {workers}",
    "ssh scale.example.org set-workers {workers}",
)


def attached(folder: Path, command: str) -> StackSpec:
    """Return the shop's stack file, its gateway scaled by a command."""
    LIMITED.spec(folder)
    file = folder / "stack.toml"
    file.write_text(f"{file.read_text()}\n{ATTACH}\nscale.gateway_workers = '{command}'\n")
    return read_stack_file(file)


def measured(workers: int, copies: int) -> Configuration:
    """Return a configuration with so many gateway workers in so many copies of a core each."""
    nodes = (Node(name="a", cores=32.0, here=True, copies={"front": copies}),)
    run = backed_shop.run(LIMITED, 1, core_limits={"front": 1.0}, nodes=nodes)
    return replace(run.configurations[0], gateway_workers=workers)


@pytest.mark.parametrize("command", BY_REPLICAS)
def test_replicas_bring_the_cores_that_each_may_use(command: str, tmp_path: Path) -> None:
    limits = core_limits(measured(1, 1), attached(tmp_path, command), ())

    assert [limits.core_share(("front",), workers) for workers in (1, 2, 4)] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("command", BY_A_VARIABLE)
def test_workers_of_one_copy_share_what_it_may_use(command: str, tmp_path: Path) -> None:
    limits = core_limits(measured(1, 1), attached(tmp_path, command), ())

    assert [limits.core_share(("front",), workers) for workers in (1, 2, 4)] == [1.0, 0.5, 0.25]


def test_as_many_copies_as_workers_are_replicas_whatever_makes_them(tmp_path: Path) -> None:
    limits = core_limits(measured(2, 2), LIMITED.spec(tmp_path), ())

    assert limits.core_share(("front",), 4) == 1.0
