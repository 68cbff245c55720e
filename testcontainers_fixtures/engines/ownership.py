"""Marks what a harness starts in Docker with the harness's name, and removes what the dead left.

A name is the process (id and start time, so that a reused id is somebody else) on a host (boot and
process namespace, so that a harness in another container or on another machine that shares the
Docker engine is never taken for dead).
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError, NotFound

from testcontainers_fixtures.engines.process_table import process

SESSION_LABEL = "gatewaybench.session"
HOST_LABEL = "gatewaybench.host"
PROC = Path("/proc")


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
    boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot}/{(PROC / 'self/ns/pid').readlink()}"


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
    mine = {"label": HOST_LABEL}
    containers = client.containers.list(all=True, filters=mine, ignore_removed=True)
    return [
        *_remove(containers, lambda found: found.remove(force=True, v=True)),
        *_remove(client.networks.list(filters=mine), lambda found: found.remove()),
        *_remove(client.volumes.list(filters=mine), lambda found: found.remove(force=True)),
    ]


def _remove(candidates: Iterable, remove: Callable) -> list[str]:
    removed = []
    for found in candidates:
        labels = found.attrs.get("Labels") or found.attrs.get("Config", {}).get("Labels") or {}
        if is_orphan(labels) and remove_if_there(lambda found=found: remove(found)):
            removed.append(found.name)
    return removed


def remove_if_there(remove: Callable[[], object]) -> bool:
    """Remove something that another harness may be removing at this moment; tell whether we did."""
    try:
        remove()
    except NotFound:
        return False
    except APIError as error:
        if error.status_code != 409:  # noqa: PLR2004 -- 409 Conflict: "removal already in progress"
            raise
        return False
    return True
