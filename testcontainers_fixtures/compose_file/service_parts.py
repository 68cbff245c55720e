"""Makes of a compose service the table that a stack file would have for it."""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args

from testcontainers_fixtures.compose_file.interpolation import read_env_file
from testcontainers_fixtures.compose_file.service_keys import OVERRIDE_IT, left_out, require_known
from testcontainers_fixtures.compose_file.spellings import Row, seconds
from testcontainers_fixtures.placeholders import PLACEHOLDER
from testcontainers_fixtures.stack_file.part_spec import BROKER, StopSignal
from testcontainers_fixtures.stack_file.readiness_spec import READY_WITHIN_S

# What an image is called by, what its role is, and where it listens.
KNOWN_IMAGES: Final = {
    "postgres": ("database", 5432),
    "postgis": ("database", 5432),
    "timescaledb": ("database", 5432),
    "mysql": ("database", 3306),
    "mariadb": ("database", 3306),
    "mongo": ("database", 27017),
    "redis": ("cache", 6379),
    "valkey": ("cache", 6379),
    "memcached": ("cache", 11211),
}
COMPLETED: Final = "service_completed_successfully"
HEALTHY: Final = "service_healthy"
# Docker's own, where a healthcheck does not say.
_INTERVAL_S, _TIMEOUT_S, _RETRIES = 30.0, 30.0, 3
_NO_NAME: Final = re.compile(r"[^a-z0-9_-]+")


@dataclass(slots=True, kw_only=True)
class Composition:
    """A project as it is taken over: its running services, and what is to be told of it."""

    project: Row
    services: Mapping[str, Row]
    variables: Mapping[str, str]
    broker: str = ""
    left_out: list[str] = field(default_factory=list)

    def waited_for(self, condition: str) -> set[str]:
        """Return the services for which others wait until a condition holds."""
        return {
            name
            for one in self.services.values()
            for name, how in (one.get("depends_on") or {}).items()
            if how["condition"] == condition
        }


def part_name(service: str) -> str:
    """Return what a part is called whose service may have capitals and full stops in its name."""
    return _NO_NAME.sub("-", service.lower())


def escaped(text: str) -> str:
    """Return a text that, once placeholders are filled in, is as it stands in the compose file."""
    return PLACEHOLDER.sub(lambda found: f"{{{found[0]}}}", text)


def part_table(name: str, whole: Composition) -> Row:
    """Return the part that a service is; raise ValueError, with a sentence, where it cannot be."""
    service = whole.services[name]
    require_known(name, service)
    whole.left_out += left_out(name, service)
    ports = _ports(name, service, whole)
    table: Row = {
        "role": _role(name, service, whole),
        "port": ports[0] if ports else None,
        "ports": {f"p{port}": port for port in ports[1:]},
        "settings": settings(name, service, whole),
        "after": _after(service, whole),
        "folder": service.get("working_dir"),
        "user": None if service.get("user") is None else str(service["user"]),
        **_image(name, service),
        **_ending(name, service, whole),
        **_contents(name, service, whole),
        "container": _container(name, service, whole),
    }
    table["ready"] = _ready(name, service, table, whole)
    # An entry point that is empty says that there is none.
    said = (one for one in table.items() if one[0] == "entrypoint" or one[1] not in (None, {}, []))
    return dict(said)


def settings(name: str, service: Row, whole: Composition) -> dict[str, str]:
    """Return a service's environment; what names no value has that of the environment here."""
    found: dict[str, str | None] = {}
    for one in service.get("env_file") or []:
        file = Path(one["path"])
        if file.is_file():
            found |= read_env_file(file, whole.variables)
        elif one["required"]:
            raise ValueError(f"services.{name}.env_file: there is no {file}")
    found |= service.get("environment") or {}
    given = {
        key: whole.variables.get(key) if value is None else value for key, value in found.items()
    }
    return {key: escaped(value) for key, value in given.items() if value is not None}


def known_image(service: Row) -> tuple[str, int | None]:
    """Return role and port of what an image's name tells; a stub without one where it does not."""
    called = str(service.get("image", "")).rpartition("/")[2].partition("@")[0].partition(":")[0]
    found = next((one for name, one in KNOWN_IMAGES.items() if name in called), None)
    return found or ("stub", None)


def _role(name: str, service: Row, whole: Composition) -> str:
    return "job" if name in whole.waited_for(COMPLETED) else known_image(service)[0]


def _image(name: str, service: Row) -> Row:
    words = {
        key: [escaped(word) for word in service[key]]
        for key in ("command", "entrypoint")
        if service.get(key) is not None
    }
    if not words.get("command", [""]):
        del words["command"]  # none: as where the image has none
    build = service.get("build")
    if build is None:
        if not service.get("image"):
            raise ValueError(f"services.{name}: it has neither an `image` nor a `build`")
        return {"image": service["image"], **words}
    taken = ("context", "dockerfile", "dockerfile_inline", "target")
    table = {key: build[key] for key in taken if build.get(key) is not None}
    # An argument without a value is that of the environment, where it is set.
    table["args"] = {key: one for key, one in (build.get("args") or {}).items() if one is not None}
    return {"build": table, **words}


def _ports(name: str, service: Row, whole: Composition) -> list[int]:
    rows = service.get("ports") or []
    if any(row["protocol"] != "tcp" for row in rows):
        whole.left_out.append(f"{name}.ports that are not TCP")
    listed = [row["target"] for row in rows if row["protocol"] == "tcp"]
    exposed = [one.partition("/")[0] for one in service.get("expose") or []]
    listed += [int(one) for one in exposed if one.isdecimal()]
    usual = known_image(service)[1]
    return list(dict.fromkeys(listed or ([usual] if usual else [])))


def _after(service: Row, whole: Composition) -> list[str]:
    waited = (name for name in service.get("depends_on") or {} if name in whole.services)
    return [BROKER if name == whole.broker else part_name(name) for name in waited]


def _ready(name: str, service: Row, table: Row, whole: Composition) -> Any:  # noqa: ANN401 -- as `ready` is
    check = service.get("healthcheck") or {}
    kind, *words = check.get("test") or ["NONE"]
    if table["role"] == "job":
        return "exit"
    if kind != "NONE" and not check.get("disable"):
        command = words if kind == "CMD" else ["/bin/sh", "-c", *words]
        return {"command": [escaped(word) for word in command], "within_s": _within_s(name, check)}
    if name in whole.waited_for(HEALTHY):
        return "healthy"
    return "tcp" if table["port"] else "started"


def _within_s(name: str, check: Row) -> float:
    """Return how long Docker would give it until it were unhealthy, and a minute at least."""
    try:
        interval = seconds(check.get("interval", _INTERVAL_S))
        each = interval + seconds(check.get("timeout", _TIMEOUT_S))
        whole = seconds(check.get("start_period", 0)) + int(check.get("retries", _RETRIES)) * each
    except ValueError as error:
        raise ValueError(f"services.{name}.healthcheck: {error}") from error
    return min(max(whole, READY_WITHIN_S), 3_600.0)


def _ending(name: str, service: Row, whole: Composition) -> Row:
    ending: Row = {}
    if grace := service.get("stop_grace_period"):
        ending["grace_s"] = max(seconds(grace), 0.1)
    if asked := service.get("stop_signal"):
        signal = f"SIG{str(asked).removeprefix('SIG')}"
        if signal in get_args(StopSignal):
            ending["stop_signal"] = signal
        else:
            whole.left_out.append(f"{name}.stop_signal")
    return ending


def _contents(name: str, service: Row, whole: Composition) -> Row:
    files: dict[str, str] = {}
    volumes: dict[str, str] = {}
    tmpfs = list(service.get("tmpfs") or [])
    for row in service.get("volumes") or []:
        target = row["target"]
        if row["type"] == "tmpfs":
            size = (row.get("tmpfs") or {}).get("size")
            tmpfs.append(f"{target}:size={size}" if size else target)
        elif row["type"] == "bind":
            _bind(name, row, files, volumes)
        elif row["type"] == "volume":
            volumes[_volume(name, row, whole)] = target
        else:
            raise ValueError(
                f"services.{name}.volumes: there is no volume of type {row['type']!r} here;"
                f" {OVERRIDE_IT}"
            )
    files |= _granted(name, service, whole)
    return {"files": files, "volumes": volumes, "tmpfs": tmpfs}


def _volume(name: str, row: Row, whole: Composition) -> str:
    """Return the name of a volume; one that has none, or that is another's, is a part's own."""
    source = row.get("source")
    if not source:
        return part_name(f"{name}{row['target']}")
    said = (whole.project.get("volumes") or {}).get(source) or {}
    if said.get("external") or said.get("driver_opts") or said.get("driver", "local") != "local":
        raise ValueError(
            f"volumes.{source}: it lies outside of the stack (`external`, or a driver of its own),"
            f" where nothing may be written; {OVERRIDE_IT}"
        )
    return part_name(source)


def _bind(name: str, row: Row, files: dict[str, str], volumes: dict[str, str]) -> None:
    """Copy what is mounted: what is written there must not reach the team's files.

    What is written to a folder is kept by a volume, for as long as other data are.
    """
    source, target = Path(row["source"]), row["target"]
    kind = stat.S_IFMT(source.stat().st_mode) if source.exists() else 0
    if kind not in {0, stat.S_IFDIR, stat.S_IFREG} or (kind == 0 and row.get("read_only")):
        raise ValueError(
            f"services.{name}.volumes: {source} is mounted, which is no file or folder that could"
            f" be copied; {OVERRIDE_IT}"
        )
    if kind != stat.S_IFREG and not row.get("read_only"):
        volumes[part_name(f"{name}{target}")] = target
    if kind:
        files[target] = str(source)


def _granted(name: str, service: Row, whole: Composition) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, where in (("secrets", "/run/secrets/"), ("configs", "/")):
        for row in service.get(kind) or []:
            file = ((whole.project.get(kind) or {}).get(row["source"]) or {}).get("file")
            if not file:
                raise ValueError(
                    f"services.{name}.{kind}: {row['source']!r} is no file; write it to one, or"
                    f" {OVERRIDE_IT}"
                )
            target = str(row["target"])
            found[target if target.startswith("/") else where + target] = file
    return found


def _container(name: str, service: Row, whole: Composition) -> Row:
    deploy = service.get("deploy") or {}
    limits = (deploy.get("resources") or {}).get("limits") or {}
    if set(deploy) - {"resources"} or set(limits) - {"cpus", "memory"}:
        whole.left_out.append(f"{name}.deploy but for its limits")
    memory, cpus = (
        service.get("mem_limit", limits.get("memory")),
        service.get("cpus", limits.get("cpus")),
    )
    hostname, called = service.get("hostname"), service.get("container_name")
    networks = (service.get("networks") or {}).values()
    names = [name, *(one for at in networks for one in (at or {}).get("aliases") or [])]
    names += [one for one in (hostname, called) if one]
    own = {key: service.get(key) for key in ("init", "read_only", "cap_add", "cap_drop")}
    said = {
        **own,
        "aliases": [one for one in dict.fromkeys(names) if one != part_name(name)],
        "hostname": hostname,
        "shm_size": None if service.get("shm_size") is None else str(service["shm_size"]),
        "memory": None if memory is None else str(memory),
        "cpus": None if cpus is None else float(cpus),
        "extra_hosts": service.get("extra_hosts"),
    }
    return {key: value for key, value in said.items() if value not in (None, [], {})}
