"""What Kubernetes says of deployments, pods and nodes is what a record has of the parts."""

from typing import Any

import pytest

from testcontainers_fixtures.engines.engine import EngineNode
from testcontainers_fixtures.engines.process_table import boot_id
from testcontainers_fixtures.errors import SpecError, StackError
from testcontainers_fixtures.scaling.command_runs import ScalingError
from testcontainers_fixtures.scaling.kubernetes_parts import KubernetesParts
from testcontainers_fixtures.scaling.quantities import amount
from testcontainers_fixtures.stack_file.attach_spec import Attach
from tests.unit.testcontainers_fixtures.scaling.engine_answers import answering

FORBIDDEN = ScalingError("it ended with 1. It said:\nError from server (Forbidden): nodes is for")
ENV = [
    {"name": "PLAIN", "value": "1"},
    {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    {"name": "EMPTY"},
]


def workload(name: str, *cpus: str, kind: str = "Deployment", tier: str = "") -> dict[str, Any]:
    containers: list[dict[str, Any]] = [
        {"name": f"c{number}", "resources": {"requests": {"cpu": cpu}} if cpu else {}}
        for number, cpu in enumerate(cpus)
    ]
    containers[0]["env"] = ENV
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": {"tier": tier}, "generation": 3},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {"spec": {"containers": containers}},
        },
    }


def pod(name: str, app: str, node: str, phase: str = "Running", **more: str) -> dict[str, Any]:
    statuses = [{"name": app, "image": "shop:1", "imageID": f"registry.test/shop@sha256:{app}"}]
    return {
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": app, "hash": "1"}} | more,
        "spec": {"nodeName": node, "containers": []},
        "status": {"phase": phase, "containerStatuses": statuses},
    }


def node(name: str, boot_id: str) -> dict[str, Any]:
    status = {"capacity": {"cpu": "4"}, "nodeInfo": {"bootID": boot_id}}
    return {"kind": "Node", "metadata": {"name": name}, "status": status}


ITEMS = [
    workload("rpc", "250m", "0.5", tier="back"),
    workload("shop", "1", "", tier="back"),
    workload("shop", "2", kind="StatefulSet"),
    pod("rpc-1", "rpc", "a"),
    pod("rpc-2", "rpc", "b"),
    pod("rpc-3", "rpc", "a", "Pending"),
    pod("rpc-4", "rpc", "a", deletionTimestamp="2026-11-30T00:00:00Z"),
]


def parts(names: dict[str, str], **known: Any) -> KubernetesParts:  # noqa: ANN401 -- answers
    attach = Attach(gateway="http://g", engine="kubernetes", namespace="n", names=names)
    answers = {"get deployments": {"kind": "List", "items": ITEMS}} | known
    return KubernetesParts(attach, ["rpc", "orders"], answering(answers))


def test_pods_that_run_are_counted_where_they_run() -> None:
    nodes = [node("a", boot_id()), node("b", "another"), node("c", "another")]
    found = parts({}, **{"get nodes": {"items": nodes}}).deployed()
    [rpc] = found.parts.values()

    assert (rpc.copies, rpc.pods) == ({"a": 1, "b": 1}, ("rpc-1", "rpc-2"))
    assert (rpc.requests, rpc.limits) == ("0.75", "")
    assert rpc.images == ("registry.test/shop@sha256:rpc",)
    assert found.nodes == (
        EngineNode(name="a", cores=4.0, here=True),
        EngineNode(name="b", cores=4.0, here=False),
    )


def test_a_variable_whose_value_stands_elsewhere_is_there_without_one() -> None:
    [rpc] = parts({}, **{"get nodes": FORBIDDEN}).deployed().parts.values()

    assert rpc.variables == {"PLAIN": "1", "SECRET": None, "EMPTY": ""}


def test_nodes_that_may_not_be_looked_at_have_no_cores_and_are_elsewhere() -> None:
    found = parts({}, **{"get nodes": FORBIDDEN}).deployed()

    assert found.nodes[0] == EngineNode(name="a", cores=None, here=False)
    assert dict(found.conditions())["nodes"] == "a (cores not told), b (cores not told)"


def test_nodes_that_could_not_be_asked_for_are_not_taken_for_others() -> None:
    late = ScalingError("Expected `kubectl get nodes` to end with 0 within 20 s; it did not end.")
    with pytest.raises(ScalingError, match="it did not end"):
        parts({}, **{"get nodes": late}).deployed()


@pytest.mark.parametrize(
    ("called", "seen"),
    [
        ("shop", "deployment/shop"),
        ("deployment/shop", "deployment/shop"),
        ("statefulset/shop", "statefulset/shop"),
        ("deployments/shop", "deployment/shop"),
        ("deploy/shop", "deployment/shop"),
        ("Deployment.apps/shop", "deployment/shop"),
        ("deployments.v1.apps/shop", "deployment/shop"),
        ("sts/shop", "statefulset/shop"),
        ("statefulsets.apps/shop", "statefulset/shop"),
        ("s/shop", None),
        ("deployment.batch/shop", None),
        ("daemonset/shop", None),
        ("shops", None),
    ],
)
def test_a_part_is_found_by_what_it_is_called(called: str, seen: str | None) -> None:
    found = parts({"orders": called}, **{"get nodes": FORBIDDEN}).deployed().parts.get("orders")

    assert (found.called if found else None) == seen


def test_a_label_that_two_deployments_have_means_no_part() -> None:
    with pytest.raises(SpecError, match=r"with the label tier=back .* seen: rpc, shop\. Name"):
        parts({"orders": "tier=back"}).deployed()


def test_what_is_no_list_of_objects_is_told_with_its_command() -> None:
    with pytest.raises(StackError, match=r"Expected `kubectl --namespace=n get deployments,"):
        parts({}, **{"get deployments": {"items": [{"kind": "Pod"}]}}).deployed()


@pytest.mark.parametrize(
    ("text", "value"),
    [("250m", 0.25), ("2", 2.0), ("1500000n", 0.0015), ("45Mi", 45 * 2**20), ("1k", 1000.0)],
)
def test_a_quantity_is_read_in_its_unit(text: str, value: float) -> None:
    assert amount(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "m", "1 m", "1Xi"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a quantity"):
        amount(text)


@pytest.mark.parametrize(
    ("limits", "cores"),
    [(("250m", "1"), {"rpc": 1.25}), (("250m", ""), {}), (("0",), {}), (("much",), {})],
    ids=["of all containers", "one has none", "no limit is written so", "not understood"],
)
def test_the_cores_that_a_copy_is_limited_to_are_told(
    limits: tuple[str, ...], cores: dict[str, float]
) -> None:
    rpc = workload("rpc", *limits)
    for container in rpc["spec"]["template"]["spec"]["containers"]:
        container["resources"] = {"limits": container["resources"].get("requests", {})}
    said = {"get deployments": {"kind": "List", "items": [rpc]}, "get nodes": FORBIDDEN}

    assert parts({}, **said).deployed().core_limits == cores
