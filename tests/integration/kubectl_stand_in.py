"""Stands in for kubectl: notes each call, keeps replicas and variables, answers as documented.

It is put on PATH under that name, with FOLDER in its environment as KUBECTL_STAND_IN:

    FOLDER/notes.txt     a line a call, of its words
    FOLDER/cluster.json  {"namespace": ..., "deployments": {NAME: {"replicas": 1, "env": {}, ...}}}

Source of the answers: kubernetes.io/docs/reference/kubectl, and the API's own reference for JSON.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("KUBECTL_STAND_IN", "."))
KINDS = {"deployment", "deployments", "deploy", "deployments.apps"}
DIGEST = "sha256:" + "5" * 64


def main(words: list[str]) -> None:
    """Answer one call."""
    with (FOLDER / "notes.txt").open("a") as notes:
        notes.write(f"{' '.join(words)}\n")
    cluster = json.loads((FOLDER / "cluster.json").read_text())
    options = [one for one in words if one.startswith("--")]
    plain = [one for one in words if not one.startswith("--")]
    if f"--namespace={cluster['namespace']}" not in options:
        cluster = cluster | {"deployments": {}}
    match plain:
        case ["get", "deployments,statefulsets,pods"]:
            tell({"kind": "List", "apiVersion": "v1", "items": list(objects(cluster))})
        case ["get", "nodes"]:
            nodes(cluster)
        case ["scale", target]:
            own = deployment(cluster, target, options)
            own["replicas"] = int(valued(options, "--replicas"))
            done(cluster, f"{target.replace('/', '.apps/')} scaled")
        case ["set", "env", target, pair]:
            own = deployment(cluster, target, options)
            name, _, value = pair.partition("=")
            own["env"][name] = value
            done(cluster, f"{target.replace('/', '.apps/')} env updated")
        case ["rollout", "status", target]:
            deployment(cluster, target, options)
            sys.stdout.write(f'deployment "{target.rpartition("/")[2]}" successfully rolled out\n')
        case ["rollout", "restart", target]:
            deployment(cluster, target, options)
            done(cluster, f"{target.replace('/', '.apps/')} restarted")
        case ["top", "pod"]:
            top(cluster)
        case _:
            sys.exit(f"error: unknown command {' '.join(words)!r}")


def valued(options: list[str], name: str) -> str:
    """Return what an option holds."""
    return next(one.partition("=")[2] for one in options if one.startswith(f"{name}="))


def deployment(cluster: dict[str, Any], target: str, options: list[str]) -> dict[str, Any]:
    """Return the deployment that a target names, or a label; or say that there is none."""
    kind, _, name = target.partition("/")
    if kind not in KINDS:
        sys.exit(f'error: the server doesn\'t have a resource type "{kind}"')
    name = name or valued(options, "--selector").removeprefix("app=")
    if name not in cluster["deployments"]:
        sys.exit(f'Error from server (NotFound): deployments.apps "{name}" not found')
    if target in cluster.get("fails", []):
        sys.exit("Unable to connect to the server: net/http: TLS handshake timeout")
    found: dict[str, Any] = cluster["deployments"][name]
    return found


def done(cluster: dict[str, Any], sentence: str) -> None:
    """Keep what has changed, and say what it was."""
    (FOLDER / "cluster.json").write_text(json.dumps(cluster))
    sys.stdout.write(f"{sentence}\n")


def tell(answer: object) -> None:
    """Write an answer as --output=json does."""
    sys.stdout.write(json.dumps(answer, indent=4))


def objects(cluster: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield deployments, and then the pods of each, on its node."""
    for name, own in cluster["deployments"].items():
        labels = {"app": name}
        yield {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": cluster["namespace"], "labels": labels},
            "spec": {
                "replicas": own["replicas"],
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [container(name, own)]},
                },
            },
            "status": {"replicas": own["replicas"], "readyReplicas": own["replicas"]},
        }
    for name, own in cluster["deployments"].items():
        for pod in pods(name, own):
            image = f"registry.test/{name}@{DIGEST}"
            yield {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": pod, "labels": {"app": name, "pod-template-hash": "6d4b"}},
                "spec": {"nodeName": own["node"], "containers": [container(name, own)]},
                "status": {
                    "phase": "Running",
                    "containerStatuses": [
                        {"name": name, "image": f"{name}:1", "imageID": image, "ready": True}
                    ],
                },
            }


def pods(name: str, own: dict[str, Any]) -> list[str]:
    """Return the names of a deployment's pods."""
    return [f"{name}-6d4b75cb6d-{number:05}" for number in range(own["replicas"])]


def container(name: str, own: dict[str, Any]) -> dict[str, Any]:
    """Return the container of a deployment, with a password among its variables."""
    return {
        "name": name,
        "image": f"{name}:1",
        "env": [
            *({"name": key, "value": value} for key, value in own["env"].items()),
            {"name": "PASSWORD", "value": "correct-horse"},
        ],
        "resources": {"requests": {"cpu": "250m", "memory": "64Mi"}, "limits": {"cpu": "1"}},
    }


def nodes(cluster: dict[str, Any]) -> None:
    """Tell of the nodes, where that is allowed."""
    if "nodes" not in cluster:
        sys.exit('Error from server (Forbidden): nodes is forbidden: User "dev" cannot list')
    items = [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name},
            "status": {
                "capacity": {"cpu": cores, "memory": "8Gi"},
                "nodeInfo": {"bootID": boot_id, "kubeletVersion": "v1.33.1"},
            },
        }
        for name, (cores, boot_id) in cluster["nodes"].items()
    ]
    tell({"kind": "List", "apiVersion": "v1", "items": items})


def top(cluster: dict[str, Any]) -> None:
    """Tell what pods use, where somebody measures it."""
    if "top" not in cluster:
        sys.exit("error: Metrics API not available")
    for name, own in cluster["deployments"].items():
        for pod in pods(name, own):
            sys.stdout.write(f"{pod}   {name}   {cluster['top']}   45Mi\n")


if __name__ == "__main__":
    main(sys.argv[1:])
