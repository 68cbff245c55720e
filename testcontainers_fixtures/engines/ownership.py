"""Marks what a harness starts in Docker with the harness's name, and removes what the dead left.

A name is the process (id and start time, so that a reused id is somebody else) on a host (boot and
process namespace, so that a harness in another container or on another machine that shares the
Docker engine is never taken for dead).
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, NotFound

from testcontainers_fixtures.engines.process_table import boot_id, process

SESSION_LABEL = "gatewaybench.session"
HOST_LABEL = "gatewaybench.host"
ENGINE_LABEL = "gatewaybench.engine"
PROC = Path("/proc")
# The engine answers that a container is being removed long before it has left its network.
LET_GO_WITHIN_S = 10.0
STALE_AFTER_S = 1.0
POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """One harness process, as labels tell it."""

    host: str
    pid: int
    started: str

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels for everything that this harness starts."""
        return {SESSION_LABEL: f"{self.pid}:{self.started}", HOST_LABEL: self.host}


def this_harness() -> Harness:
    """Return the name of the process that asks."""
    pid = os.getpid()
    return Harness(host=this_host(), pid=pid, started=start_time(pid) or "")


def this_host() -> str:
    """Return a name for this boot and this process namespace."""
    return f"{boot_id()}/{(PROC / 'self/ns/pid').readlink()}"


def start_time(pid: int) -> str | None:
    """Return when a process began, in clock ticks since boot; None when it is gone or a zombie."""
    found = process(pid)
    return str(found.started) if found is not None and found.alive else None


def is_orphan(labels: Mapping[str, str]) -> bool:
    """Tell whether the harness that these labels name is dead for certain."""
    if labels.get(HOST_LABEL) != this_host():
        return False
    pid, _, started = labels.get(SESSION_LABEL, "").partition(":")
    return not pid.isdigit() or start_time(int(pid)) != started


def reap_orphans(client: docker.DockerClient) -> list[str]:
    """Remove the containers, networks and volumes of dead harnesses; return their names."""
    return _remove(client, HOST_LABEL, is_orphan)


def remove_of_engine(client: docker.DockerClient, engine: str) -> list[str]:
    """Remove whatever bears an engine's mark, known to it or not; return the names."""
    return _remove(client, f"{ENGINE_LABEL}={engine}", lambda _labels: True)


def _remove(
    client: docker.DockerClient, label: str, doomed: Callable[[Mapping[str, str]], bool]
) -> list[str]:
    """Remove in the order in which Docker lets go: what runs, then what it used."""
    api, mine = client.api, {"label": label}
    return [
        found
        for removed in (
            _each(api.containers(all=True, filters=mine), "Id", doomed, _remove_container(api)),
            _each(api.networks(filters=mine), "Id", doomed, partial(_remove_network, api)),
            _each(api.volumes(filters=mine)["Volumes"] or [], "Name", doomed, api.remove_volume),
        )
        for found in removed
    ]


def _remove_container(api: docker.APIClient) -> Callable[[str], None]:
    return lambda container: api.remove_container(container, force=True, v=True)


def _remove_network(api: docker.APIClient, network: str) -> None:
    """Remove a network once the last container has left it, which another harness may be removing.

    One that is still in use after a while is left alone: it is in nobody's way. So is one that the
    engine holds for in use by nobody, until it is started over (a container was killed while it
    came up).
    """
    begun_s = time.monotonic()
    while True:
        try:
            api.remove_network(network)
        except APIError as error:
            if error.status_code != HTTPStatus.FORBIDDEN:
                raise
            patience_s = LET_GO_WITHIN_S if _is_used(api, network) else STALE_AFTER_S
            if time.monotonic() - begun_s >= patience_s:
                raise
        else:
            return
        time.sleep(POLL_S)


def _is_used(api: docker.APIClient, network: str) -> bool:
    """Tell whether a container is in a network, as far as the engine can name one."""
    try:
        return bool(api.inspect_network(network)["Containers"])
    except NotFound:
        return False


def _each(
    rows: Iterable[Mapping[str, Any]],
    key: str,
    doomed: Callable[[Mapping[str, str]], bool],
    remove: Callable[[str], object],
) -> list[str]:
    keys = [row[key] for row in rows if doomed(row.get("Labels") or {})]
    return [found for found in keys if if_there(partial(remove, found))]


def if_there(act: Callable[[], object]) -> bool:
    """Do something to what may have ended, or be ending, by other hands; tell whether it was there.

    Docker answers 404 for what has gone, 409 for what does not run or is being removed, and 403 for
    a network that somebody is in.
    """
    try:
        act()
    except NotFound:
        return False
    except APIError as error:
        if error.status_code in {HTTPStatus.CONFLICT, HTTPStatus.FORBIDDEN}:
            return False
        raise
    return True
