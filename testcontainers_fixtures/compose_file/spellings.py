"""Spells each key of a compose service in one way, however its author has spelt it."""

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from testcontainers_fixtures.compose_file.overrides import Tagged

Row = dict[str, Any]
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(h|ms|us|m|s)")
_SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6}
_SHORT_PORT: Final = re.compile(
    r"(?:(?:(?P<ip>\[.*\]|[\d.]+):)?(?P<published>[\d-]*):)?(?P<target>\d+)(?:-(?P<last>\d+))?"
    r"(?:/(?P<protocol>tcp|udp|sctp))?"
)
_FROM_HERE: Final = (".", "/", "~")


def spelt(service: Mapping[str, Any], folder: Path) -> Row:
    """Return a service with each key in its long form; paths are those from `folder` on.

    Raises ValueError, whose sentence begins with the key, for a value that it cannot have.
    """
    made: Row = {}
    for key, value in service.items():
        made[key] = _in_long(key, value, folder)
    return made


def seconds(duration: object) -> float:
    """Return how long "1m30s" is; raise ValueError for what is no duration."""
    if isinstance(duration, int | float):
        return float(duration)
    parts = _DURATION.findall(str(duration))
    if not parts or "".join(number + unit for number, unit in parts) != str(duration):
        raise ValueError(f"expected a duration, such as 1m30s; seen: {duration!r}")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _in_long(key: str, value: Any, folder: Path) -> Any:  # noqa: ANN401 -- YAML
    if isinstance(value, Tagged):
        return Tagged(tag=value.tag, value=_in_long(key, value.value, folder))
    if value is None or key not in _SPELLINGS:
        return value
    try:
        return _SPELLINGS[key](value, folder)
    except (TypeError, AttributeError, KeyError) as error:
        raise ValueError(
            f"{key}: it is no value that a compose file can have: {value!r}"
        ) from error
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


def _words(value: Any, _: Path) -> list[str]:  # noqa: ANN401 -- YAML
    return shlex.split(value) if isinstance(value, str) else [str(word) for word in value]


def _texts(value: Any, _: Path) -> list[str]:  # noqa: ANN401 -- YAML
    return [str(value)] if isinstance(value, str | int) else [str(one) for one in value]


def _mapping(value: Any, _: Path) -> Row:  # noqa: ANN401 -- YAML
    """Return variables by name; None for one whose value is that of the environment."""
    if isinstance(value, list):
        pairs = (str(one).partition("=") for one in value)
        return {name: text if equals else None for name, equals, text in pairs}
    return {str(name): _scalar(one) for name, one in value.items()}


def _scalar(value: Any) -> Any:  # noqa: ANN401 -- YAML
    if isinstance(value, Tagged) or value is None:
        return value
    if isinstance(value, dict | list):
        raise TypeError
    return str(value).lower() if isinstance(value, bool) else str(value)


def _hosts(value: Any, _: Path) -> Row:  # noqa: ANN401 -- YAML
    if isinstance(value, dict):
        return {str(name): str(one) for name, one in value.items()}
    pairs = (re.split(r"[=:]", str(one), maxsplit=1) for one in value)
    return dict(pairs)


def _named(value: Any, _: Path) -> Row:  # noqa: ANN401 -- YAML
    return {str(one): {} for one in value} if isinstance(value, list) else dict(value)


def _depends(value: Any, folder: Path) -> Row:  # noqa: ANN401 -- YAML
    rows = _named(value, folder)
    return {
        name: {"condition": "service_started", "required": True, **(one or {})}
        for name, one in rows.items()
    }


def _build(value: Any, folder: Path) -> Row:  # noqa: ANN401 -- YAML
    said = {"context": value} if isinstance(value, str) else dict(value)
    context = str(said.get("context", "."))
    if "://" in context or context.startswith("git@"):
        raise ValueError(f"its context is not on this machine: {context}")
    said["context"] = str(_path(context, folder))
    if "args" in said:
        said["args"] = _mapping(said["args"] or {}, folder)
    return said


def _env_files(value: Any, folder: Path) -> list[Row]:  # noqa: ANN401 -- YAML
    rows = value if isinstance(value, list) else [value]
    longer = ({"path": one} if isinstance(one, str) else dict(one) for one in rows)
    return [{"required": True, **one, "path": str(_path(one["path"], folder))} for one in longer]


def _ports(value: Any, _: Path) -> list[Row]:  # noqa: ANN401 -- YAML
    return [row for one in value for row in _port(one)]


def _port(value: Any) -> list[Row]:  # noqa: ANN401 -- YAML
    if isinstance(value, dict):
        row = {"protocol": "tcp", "published": None, **value}
        return [{**row, "target": int(row["target"])}]
    found = _SHORT_PORT.fullmatch(str(value))
    if found is None:
        raise ValueError(f"expected [[IP:]HOST:]CONTAINER[/PROTOCOL]; seen: {value!r}")
    first = int(found["target"])
    said = {"published": found["published"], "protocol": found["protocol"] or "tcp"}
    return [{**said, "target": port} for port in range(first, int(found["last"] or first) + 1)]


def _volumes(value: Any, folder: Path) -> list[Row]:  # noqa: ANN401 -- YAML
    return [_volume(one, folder) for one in value]


def _volume(value: Any, folder: Path) -> Row:  # noqa: ANN401 -- YAML
    row = _short_volume(value) if isinstance(value, str) else {"read_only": False, **value}
    row["target"] = str(PurePosixPath(row["target"]))
    if row["type"] == "bind":
        row["source"] = str(_path(row["source"], folder))
    return row


def _short_volume(text: str) -> Row:
    first, *others = text.split(":")
    if not others:
        return {"type": "volume", "source": None, "target": first, "read_only": False}
    target, *modes = others
    modes = [one for mode in modes for one in mode.split(",")]
    kind = "bind" if first.startswith(_FROM_HERE) else "volume"
    return {"type": kind, "source": first, "target": target, "read_only": "ro" in modes}


def _granted(value: Any, _: Path) -> list[Row]:  # noqa: ANN401 -- YAML
    rows = ({"source": one} if isinstance(one, str) else dict(one) for one in value)
    return [{"target": one["source"], **one} for one in rows]


def _check(value: Any, _: Path) -> Row:  # noqa: ANN401 -- YAML
    said = dict(value)
    test = said.get("test")
    if isinstance(test, str):
        said["test"] = ["CMD-SHELL", test]
    return said


def _path(text: str, folder: Path) -> Path:
    return (folder / Path(text).expanduser()).resolve()


_SPELLINGS: Final[dict[str, Callable[[Any, Path], Any]]] = {
    "build": _build,
    "command": _words,
    "configs": _granted,
    "depends_on": _depends,
    "entrypoint": _words,
    "env_file": _env_files,
    "environment": _mapping,
    "expose": _texts,
    "extra_hosts": _hosts,
    "healthcheck": _check,
    "networks": _named,
    "ports": _ports,
    "secrets": _granted,
    "tmpfs": _texts,
    "volumes": _volumes,
}
