"""The reference system in Docker Swarm, for real: swept by Swarm's own commands, and put back.

An engine that leaves a Swarm forgets the names of all its other containers (Docker 20.10: those
that run then reach each other no more), so nothing else may run on it meanwhile.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import docker
import pytest

from reports.record.record import LoadRun, read_record
from testcontainers_fixtures.engines.docker_access import docker_client
from testcontainers_fixtures.engines.ownership import ENGINE_LABEL
from testcontainers_fixtures.images.part_images import find_images
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.integration.small_stacks import NEEDS_DOCKER

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "system" / "deploy"
DOCKER = shutil.which("docker") or "docker"
STACK = "reference"
NAMESPACE: Final[dict[str, str | list[str] | bool]] = {
    "label": f"com.docker.stack.namespace={STACK}"
}
BRIDGE = "docker_gwbridge"  # Swarm makes it, and leaves it behind
UP_WITHIN_S = 120.0
RUN_WITHIN_S = 400.0

# The first start may have to make the images; after that it takes about two minutes.
pytestmark = [pytest.mark.timeout(1_200), NEEDS_DOCKER]


def said(*command: str, **variables: str) -> str:
    """Return what a command of Docker's says; fail with its last words where it fails."""
    done = subprocess.run(
        [DOCKER, *command],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=UP_WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def wait_until(condition: Callable[[], bool], *, what: str) -> None:
    until_s = time.monotonic() + UP_WITHIN_S
    while not condition():
        assert time.monotonic() < until_s, what
        time.sleep(0.5)


def replicas() -> list[str]:
    """Return 'NAME 1/1' for each service of the stack."""
    return said("stack", "services", STACK, "--format", "{{.Name}} {{.Replicas}}").splitlines()


def leftovers(client: docker.DockerClient) -> set[str]:
    """Return what a stack could leave behind, by name: nothing that a harness beside us has."""
    networks = {one.name or "": one.attrs for one in client.networks.list()}
    kept = networks | {one.name or "": one.attrs for one in client.volumes.list()}
    ours = {name for name, said in kept.items() if ENGINE_LABEL not in (said["Labels"] or {})}
    return ours | set(tasks(client))


def tasks(client: docker.DockerClient) -> list[str]:
    """Return the containers of the stack's tasks, those that have ended too."""
    # They may go while they are looked for.
    found = client.containers.list(all=True, filters=NAMESPACE, ignore_removed=True)
    return [one.name or "" for one in found]


@pytest.fixture(scope="module")
def client(pytestconfig: pytest.Config) -> Iterator[docker.DockerClient]:
    """Give the tests' own look into the Docker engine."""
    if pytestconfig.getoption("--engine") == "processes":
        pytest.skip("Swarm runs containers alone")
    found = docker_client()
    if (why := _is_in_use(found)) and not os.environ.get("CI"):
        found.close()
        pytest.skip(why)
    assert not why
    yield found
    found.close()


def _is_in_use(client: docker.DockerClient) -> str:
    """Return why the engine must not be made a Swarm, "" where it may be."""
    if client.info()["Swarm"]["LocalNodeState"] != "inactive":
        return "the engine is in a Swarm already"
    running = ", ".join(one.name or "" for one in client.containers.list())
    return running and f"other containers run on this engine, and would lose each other: {running}"


@contextmanager
def a_swarm(client: docker.DockerClient) -> Iterator[None]:
    """Make the engine a Swarm of one node, reached on this machine alone, and end it again."""
    bridged = client.networks.list(names=[BRIDGE])
    said("swarm", "init", "--advertise-addr", "127.0.0.1")
    try:
        yield
    finally:
        said("swarm", "leave", "--force")
        for network in [] if bridged else client.networks.list(names=[BRIDGE]):
            network.remove()


@contextmanager
def deployed(client: docker.DockerClient) -> Iterator[None]:
    """Deploy the stack and wait until all of it runs; then remove it, and wait until it is gone."""
    images = find_images(client, read_stack_file(ROOT / "system" / "stack.toml"))
    variables = {
        "RMQ_PASS": "for-a-trial",
        # An image without a registry is named by its id: Swarm looks for no newer one then.
        "GATEWAYBENCH_IMAGE": str(client.images.get(images.system).id),
        "RABBITMQ_IMAGE": str(client.images.get(images.broker).id),
    }
    file = str(DEPLOY / "swarm.yaml")
    try:
        said("stack", "deploy", "--resolve-image", "never", "-c", file, STACK, **variables)
        wait_until(lambda: all(one.endswith(" 1/1") for one in replicas()), what=str(replicas()))
        yield
    finally:
        said("stack", "rm", STACK)
        wait_until(lambda: not tasks(client), what="tasks were left")


def swept(site: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "loadtests", "--stack", str(DEPLOY / "swarm.toml")]
    command += ["--resolvers", "1,2", "--workers", "1,2", "--quick", "--tolerant"]
    done = subprocess.run(
        [*command, "--site", str(site)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_WITHIN_S,
        check=False,
    )
    return done.returncode, done.stdout


def workers(service: str) -> str:
    form = "{{.Spec.TaskTemplate.ContainerSpec.Env}}"
    return said("service", "inspect", f"{STACK}_{service}", "--format", form)


def test_swarm_scales_it_the_record_says_so_and_nothing_is_left(
    client: docker.DockerClient, tmp_path: Path
) -> None:
    before = leftovers(client)

    with a_swarm(client), deployed(client):
        code, output = swept(tmp_path)
        after, environment = replicas(), workers("srv_clients")
    [folder] = tmp_path.glob("*-load")
    record = read_record(folder)

    # What a busy machine makes of the figures is told by the code, and is not what is held here.
    assert "Not put back" not in output, code
    assert isinstance(record, LoadRun), output
    assert_scaled(record, (folder / "logs" / "scaling.log").read_text(encoding="utf-8"))
    assert len(after) == 6
    assert [one for one in after if not one.endswith(" 1/1")] == []
    assert "WEB_CONCURRENCY=1" in environment
    assert leftovers(client) == before
    assert client.info()["Swarm"]["LocalNodeState"] == "inactive"


def assert_scaled(record: LoadRun, log: str) -> None:
    """Hold a record to what Swarm did, and to what it tells of the parts."""
    points = [(one.resolvers, one.service_workers) for one in record.configurations]
    assert points == [(1, 1), (2, 2)]
    assert record.conditions.engine == "attached"
    assert "docker service scale" in record.conditions.details["scaled_by"]
    assert "reference_resolver scaled to 2" in log
    said = record.conditions.details["deployed resolver"]
    assert said.startswith("reference_resolver: replicas 1, CPU request none, limit none, ")
    for one in record.configurations:
        [node] = one.repetitions[0].nodes
        assert node.here
        assert node.cores == os.cpu_count()
        assert node.copies["resolver"] == one.resolvers
        common = one.repetitions[0].common
        assert common is not None
        assert common.samples > common.failed
        assert set(common.used) >= {"broker", "gateway", "resolver", "srv_clients", "srv_goods"}
        assert common.hops
    # A model is not made of what a busy machine left over; of what the parts used it is told all.
    assert "is not known" not in record.capacity[0].reasons.get("outlooks", "")
