"""Gathers where a run takes place: machine, kernel, Python, commit and package versions."""

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from reports.record.record import Conditions

PACKAGES = (
    "aio-pika",
    "aiohttp",
    "fastapi",
    "gunicorn",
    "hdrhistogram",
    "locust",
    "msgspec",
    "schemathesis",
    "sqlalchemy",
    "testcontainers",
    "uvicorn",
    "uvloop",
)
GIT_TIMEOUT_S = 5.0

# What a stack says of itself under these names has a field of its own; the rest are details.
SAID_BY_STACK = ("engine", "network_mode", "python", "rabbitmq", "erlang")


def local_conditions(said: Mapping[str, str]) -> Conditions:
    """Return the conditions of a run here: what the stack said of itself, and this machine.

    `said` is `Stack.conditions()`; it needs `engine`, and what it leaves out is null with a reason.
    """
    commit = git_commit(Path(__file__).parent)
    facts = {"rabbitmq": said.get("rabbitmq"), "erlang": said.get("erlang"), "commit": commit}
    unsaid = {"commit": "not run from a git work tree"}
    return Conditions(
        engine=said["engine"],
        network_mode=said.get("network_mode", "unknown"),
        cpu_model=cpu_model(),
        cpu_count=os.cpu_count() or 1,
        kernel=f"{platform.system()} {platform.release()}",
        python=said.get("python", platform.python_version()),
        packages=package_versions(),
        details={name: text for name, text in said.items() if name not in SAID_BY_STACK},
        reasons={
            name: unsaid.get(name, "the engine cannot tell")
            for name, fact in facts.items()
            if fact is None
        },
        **facts,
    )


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the processor's name as the kernel gives it, else the architecture."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def package_versions() -> dict[str, str]:
    """Return the versions of the installed packages that can change a result."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def git_commit(folder: Path) -> str | None:
    """Return the short commit, with '-dirty' where files differ from it; None outside git."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*", "--abbrev=12"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
