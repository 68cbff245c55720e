"""Puts a project together out of its compose files: extended, included, overridden, selected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testcontainers_fixtures.compose_file.compose_documents import read_document
from testcontainers_fixtures.compose_file.interpolation import Unset
from testcontainers_fixtures.compose_file.overrides import laid_over, untagged
from testcontainers_fixtures.compose_file.spellings import Row, spelt
from testcontainers_fixtures.stack_file.nearest import meant


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeReader:
    """What reading needs beside a file: the variables, and who hears of one that is not set."""

    variables: Mapping[str, str]
    unset: Unset


def read_project(files: Sequence[Path], reader: ComposeReader) -> Row:
    """Return what compose files say together: each behind the first is laid over those before it.

    Every path is absolute; raises ValueError, with a sentence, for what cannot be used.
    """
    project: Row = {}
    for file in files:
        try:
            document = _document(file, files[0].parent, reader)
        except ValueError as error:
            raise ValueError(f"{file.name}: {error}") from error
        project = laid_over(project, document)
    made: Row = untagged(project)
    return made


def selected(services: Mapping[str, Row], wanted: Iterable[str], profiles: set[str]) -> list[str]:
    """Return the services that run, in the file's order.

    Those wanted, with all that they depend on; where none is, those of no profile or of one that is
    chosen. Raises ValueError for one that is not there.
    """
    asked = list(wanted) or [
        name for name, one in services.items() if _is_on(one.get("profiles"), profiles)
    ]
    found: set[str] = set()
    while asked:
        name = asked.pop()
        if name not in services:
            raise ValueError(f"there is no service {name!r}{meant(name, services)}")
        if name not in found:
            found.add(name)
            needed = (services[name].get("depends_on") or {}).items()
            asked += [one for one, how in needed if how["required"]]
    return [name for name in services if name in found]


def _is_on(own: Sequence[str] | None, chosen: set[str]) -> bool:
    return not own or "*" in chosen or bool(chosen.intersection(own))


def _document(file: Path, folder: Path, reader: ComposeReader) -> Row:
    document = read_document(file, reader.variables, reader.unset)
    raw = document.get("services") or {}
    services = {name: _service(name, raw, folder, reader, ()) for name in raw}
    for kind in ("secrets", "configs"):
        for one in (document.get(kind) or {}).values():
            if one and one.get("file"):
                one["file"] = str((folder / one["file"]).resolve())
    included: Row = {}
    for one in document.pop("include", None) or []:
        included = laid_over(included, _included(one, folder, reader))
    document["services"] = services
    whole: Row = laid_over(included, document)
    return whole


def _service(
    name: str, raw: Mapping[str, Any], folder: Path, reader: ComposeReader, seen: tuple[str, ...]
) -> Row:
    """Return a service of one file, laid over the one that it extends."""
    if not isinstance(raw.get(name), dict):
        seen_there = raw.get(name)
        raise ValueError(f"services.{name}: expected a mapping; seen: {seen_there!r}")  # noqa: TRY004 -- of the file
    if name in seen:
        raise ValueError(f"services.{name}: extends itself")
    own = dict(raw[name])
    asked = own.pop("extends", None)
    try:
        made = spelt(own, folder)
    except ValueError as error:
        raise ValueError(f"services.{name}.{error}") from error
    if asked is None:
        return made
    said = {"service": asked} if isinstance(asked, str) else dict(asked)
    if said["service"] not in raw and "file" not in said:
        raise ValueError(f"services.{name}.extends: there is no service {said['service']!r}")
    if "file" in said:
        base = _of_file((folder / said["file"]).resolve(), said["service"], name, reader)
    else:
        base = _service(said["service"], raw, folder, reader, (*seen, name))
    extended: Row = laid_over(base, made)
    return extended


def _of_file(file: Path, service: str, name: str, reader: ComposeReader) -> Row:
    services = read_document(file, reader.variables, reader.unset).get("services") or {}
    if service not in services:
        raise ValueError(f"services.{name}.extends: there is no service {service!r} in {file.name}")
    return _service(service, services, file.parent, reader, ())


def _included(one: Any, folder: Path, reader: ComposeReader) -> Row:  # noqa: ANN401 -- YAML
    said = {"path": one} if isinstance(one, str) else dict(one)
    paths = said["path"] if isinstance(said["path"], list) else [said["path"]]
    return read_project([(folder / path).resolve() for path in paths], reader)
