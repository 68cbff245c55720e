"""The reference system's own deployments hold together: manifests, stack files, its settings."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "system" / "deploy"
OBJECTS: list[dict[str, Any]] = [
    one
    for file in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))
]
DEPLOYMENTS = {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == "Deployment"}
OURS = sorted(DEPLOYMENTS.keys() - {"broker"})
PROBES = {"startupProbe", "readinessProbe", "livenessProbe"}
# Who is ready only with its broker is not ended without it, and the gateway is led to all the same:
# its /ready goes through the queue that a load run fills.
ASKED_FOR_HEALTH = {
    *((name, "livenessProbe") for name in OURS if name != "supplier"),
    *((name, "startupProbe") for name in ("gateway", "resolver")),
    ("gateway", "readinessProbe"),
}
# The longest deadline of a call, and how long a resolver drains.
LONGEST_CALL_S = 30
DRAIN_S = 10


def stack_file(name: str) -> dict[str, Any]:
    return tomllib.loads((DEPLOY / f"{name}.toml").read_text(encoding="utf-8"))


def pod(name: str) -> dict[str, Any]:
    found: dict[str, Any] = DEPLOYMENTS[name]["spec"]["template"]["spec"]
    return found


def variables(name: str) -> dict[str, str]:
    [container] = pod(name)["containers"]
    return {one["name"]: one.get("value", "") for one in container["env"]}


def test_each_part_of_the_stack_file_is_a_deployment() -> None:
    assert {one.replace("_", "-") for one in stack_file("kubernetes")["parts"]} == set(OURS)


def test_both_engines_run_the_same_system() -> None:
    swarm, kubernetes = (
        {key: value for key, value in stack_file(name).items() if key not in {"name", "attach"}}
        for name in ("swarm", "kubernetes")
    )

    assert swarm == kubernetes


def test_the_stack_file_says_as_many_as_the_manifests_start() -> None:
    attach = stack_file("kubernetes")["attach"]

    assert DEPLOYMENTS["resolver"]["spec"]["replicas"] == attach["resolvers"]
    assert variables("resolver")["RESOLVER_PREFETCH"] == str(attach["prefetch"])
    assert variables("gateway")["WEB_CONCURRENCY"] == str(attach["gateway_workers"])
    for name in ("srv-clients", "srv-goods"):
        assert variables(name)["WEB_CONCURRENCY"] == str(attach["service_workers"])


@pytest.mark.parametrize("name", OURS)
def test_each_is_asked_whether_it_is_ready_and_has_the_time_to_drain(name: str) -> None:
    [container] = pod(name)["containers"]
    pause = container.get("lifecycle", {}).get("preStop", {"exec": {"command": ["sleep", "0"]}})
    paused_s = int(pause["exec"]["command"][1])

    assert {one for one in container if one.endswith("Probe")} == PROBES
    for probe in PROBES:
        path = "/health" if (name, probe) in ASKED_FOR_HEALTH else "/ready"
        assert container[probe]["httpGet"] == {"path": path, "port": "http"}
    grace_s = pod(name)["terminationGracePeriodSeconds"]
    assert grace_s > LONGEST_CALL_S + DRAIN_S + paused_s
    assert container["resources"].keys() == {"requests", "limits"}
    assert pod(name)["enableServiceLinks"] is False


@pytest.mark.parametrize("name", OURS)
def test_an_image_that_a_node_has_is_not_looked_for_in_a_registry(name: str) -> None:
    [container] = pod(name)["containers"]

    # With the tag latest it would be pulled each time, from where nobody has put it.
    assert container["imagePullPolicy"] == "IfNotPresent"


@pytest.mark.parametrize("name", sorted(DEPLOYMENTS))
def test_none_may_make_more_of_the_kernel_than_the_runtime_allows(name: str) -> None:
    assert pod(name)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


def test_what_selects_pods_selects_those_of_the_deployment_of_its_name() -> None:
    for one in OBJECTS:
        if one["kind"] not in {"Service", "PodDisruptionBudget"}:
            continue
        selector = one["spec"]["selector"]
        labels = DEPLOYMENTS[one["metadata"]["name"]]["spec"]["template"]["metadata"]["labels"]
        assert selector.get("matchLabels", selector) == labels
    budgets = {one["metadata"]["name"] for one in OBJECTS if one["kind"] == "PodDisruptionBudget"}
    assert budgets == {"gateway", "resolver"}


def test_what_one_part_reaches_another_by_is_a_service_on_that_port() -> None:
    ports = {
        one["metadata"]["name"]: one["spec"]["ports"][0]["port"]
        for one in OBJECTS
        if one["kind"] == "Service"
    }
    reached = [url for name in OURS for url in variables(name).values() if "://" in url]

    assert sorted(reached) == sorted(
        f"http://{name}:{ports[name]}" for name in ("srv-clients", "srv-goods", "supplier")
    )
    assert {variables(name).get("RMQ_HOST", "broker") for name in OURS} == {"broker"}
    assert ports["broker"] == 5672


def test_every_setting_is_one_that_the_system_reads() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    known = [*text.split("## Settings")[1].split("`"), "WEB_CONCURRENCY", "GUNICORN_CMD_ARGS"]

    assert [key for name in OURS for key in variables(name) if key not in known] == []
