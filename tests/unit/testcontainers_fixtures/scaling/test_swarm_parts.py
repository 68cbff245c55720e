"""What Docker says of services, tasks and nodes is what a record has of the parts."""

import json
from typing import Any

import pytest

from testcontainers_fixtures.engines.engine import EngineNode
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.scaling import swarm_parts
from testcontainers_fixtures.scaling.swarm_parts import SwarmParts
from testcontainers_fixtures.stack_file.attach_spec import Attach
from tests.unit.testcontainers_fixtures.scaling.engine_answers import answering

ATTACH = Attach(gateway="http://g", engine="swarm", stack="shop", names={"broker": "mq"})
PARTS = ["gateway", "resolver", "broker"]
IMAGE = "registry.test/shop:1@sha256:" + "4" * 64


def service(name: str, replicas: int | None, *env: str) -> dict[str, Any]:
    """Return what `docker service inspect` writes of a service (Docker 20.10)."""
    mode = {"Global": {}} if replicas is None else {"Replicated": {"Replicas": replicas}}
    return {
        "ID": f"id-of-{name}",
        "Version": {"Index": 32},
        "Spec": {
            "Name": name,
            "Labels": {"com.docker.stack.namespace": "shop"},
            "TaskTemplate": {
                "ContainerSpec": {"Image": IMAGE, "Env": list(env), "Isolation": "default"},
                "Resources": {
                    "Limits": {"NanoCPUs": 1_500_000_000, "MemoryBytes": 268435456},
                    "Reservations": {"NanoCPUs": 250_000_000},
                },
                "RestartPolicy": {"Condition": "any", "Delay": 1000000000, "MaxAttempts": 0},
            },
            "Mode": mode,
            "UpdateConfig": {"Parallelism": 1, "Order": "stop-first"},
        },
        "Endpoint": {"Spec": {"Mode": "dnsrr"}},
    }


def task(name: str, node: str, state: str = "Running 5 minutes ago") -> str:
    """Return a line of `docker service ps --format '{{json .}}'`."""
    said = {"CurrentState": state, "DesiredState": "Running", "Error": "", "ID": name, "Ports": ""}
    return json.dumps(said | {"Image": IMAGE, "Name": name, "Node": node})


def member(node: str, *, own: bool = False) -> str:
    """Return a line of `docker node ls --format '{{json .}}'`."""
    said = {"Availability": "Active", "EngineVersion": "20.10.24", "Hostname": node}
    return json.dumps(said | {"ID": f"id-{node}", "Self": own, "Status": "Ready"})


def node(name: str, cores: int) -> dict[str, Any]:
    """Return what `docker node inspect` writes of a node."""
    resources = {"NanoCPUs": cores * 1_000_000_000, "MemoryBytes": 8333017088}
    platform = {"Architecture": "x86_64", "OS": "linux"}
    description = {"Hostname": name, "Platform": platform, "Resources": resources}
    return {"ID": f"id-{name}", "Description": description, "Status": {"State": "ready"}}


KNOWN = {
    "service ls": "shop_gateway\nshop_resolver\nother\n",
    "service inspect shop_gateway shop_resolver": [
        service("shop_gateway", 1, "WEB_CONCURRENCY=2", "PASSWORD=a=b"),
        service("shop_resolver", 3),
    ],
    "service ps": "\n".join(
        [
            task("shop_gateway.1", "a"),
            task("shop_resolver.1", "a"),
            task("shop_resolver.2", "b"),
            task("shop_resolver.3", "b", "Starting 2 seconds ago"),
        ]
    ),
    "node ls": f"{member('a', own=True)}\n{member('b')}\n{member('c')}\n",
    "node inspect id-a id-b id-c": [node("a", 4), node("b", 2), node("c", 8)],
}


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the Docker engine be this machine's."""
    monkeypatch.setattr(swarm_parts, "docker_engine_is_here", lambda: True)


def test_each_part_has_its_replicas_limits_image_and_the_nodes_where_tasks_run() -> None:
    found = SwarmParts(ATTACH, PARTS, answering(KNOWN)).deployed()

    assert list(found.parts) == ["gateway", "resolver"]
    assert str(found.parts["resolver"]) == (
        f"shop_resolver: replicas 3, CPU request 0.25, limit 1.5, {IMAGE}, running 1 on a, 1 on b"
    )
    assert found.parts["gateway"].variables == {"WEB_CONCURRENCY": "2", "PASSWORD": "a=b"}
    assert "a=b" not in f"{found.parts} {dict(found.conditions())}"
    assert found.nodes == (
        EngineNode(name="a", cores=4.0, here=True),
        EngineNode(name="b", cores=2.0, here=False),
    )


def test_a_service_that_runs_on_every_node_has_no_number_of_its_own() -> None:
    known = KNOWN | {
        "service ls": "shop_gateway",
        "service inspect": [service("shop_gateway", None)],
    }
    known.pop("service inspect shop_gateway shop_resolver")
    found = SwarmParts(ATTACH, PARTS, answering(known)).deployed()

    assert found.parts["gateway"].replicas is None


def test_what_is_no_answer_of_docker_s_is_told_with_its_command() -> None:
    with pytest.raises(StackError, match=r"Expected `docker service ps .*` to write JSON as"):
        SwarmParts(ATTACH, PARTS, answering(KNOWN | {"service ps": "NAME IMAGE"})).deployed()
