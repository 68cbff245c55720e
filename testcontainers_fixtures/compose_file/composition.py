"""Takes over a team's compose file: what a stack file says of its parts is laid over that."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from testcontainers_fixtures.compose_file.broker_service import (
    broker_service,
    broker_table,
    told,
)
from testcontainers_fixtures.compose_file.compose_project import (
    ComposeReader,
    read_project,
    selected,
)
from testcontainers_fixtures.compose_file.interpolation import environment
from testcontainers_fixtures.compose_file.service_parts import Composition, part_name, part_table
from testcontainers_fixtures.compose_file.spellings import Row
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.compose_spec import Asked, Compose, composed
from testcontainers_fixtures.stack_file.nearest import meant

# Of these tables a stack file's rows stand among the compose file's; all else takes their place.
JOINED: Final = frozenset({"settings", "files", "volumes", "ports", "container", "build"})
_STARTS: Final = ("command", "image", "build")
_OWN_IMAGE: Final = {"image": "build", "build": "image"}


def with_compose(data: Mapping[str, Any], folder: Path) -> tuple[Row, tuple[str, ...]]:
    """Return a stack file's data with the parts and the broker of its compose file, and notes.

    The notes are sentences about what of the compose file is left out, or is otherwise here.
    `folder` is the stack file's. Raises SpecError, with one sentence, for what cannot be used.
    """
    compose = _asked(data)
    if compose is None:
        return dict(data), ()
    files = [(folder / file).resolve() for file in compose.files]
    try:
        return _joined(data, compose, files)
    except ValueError as error:
        raise SpecError(f"Compose file {files[0]} is not usable: {error}.") from error


def _asked(data: Mapping[str, Any]) -> Compose | None:
    """Return what the stack file says of compose; what it cannot say is told with all else."""
    try:
        return composed(msgspec.convert(data.get("compose"), Asked))
    except msgspec.ValidationError:
        return None


def _joined(
    data: Mapping[str, Any], compose: Compose, files: list[Path]
) -> tuple[Row, tuple[str, ...]]:
    unset: list[str] = []
    variables = environment(files[0].parent)
    project = read_project(files, ComposeReader(variables=variables, unset=unset.append))
    own, broker = _table(data, "parts"), data.get("broker")
    whole = _composition(project, compose, variables, own, broker)
    parts = _laid_over(_parts(whole), own, files[0].name)
    joined = {**data, "parts": parts}
    if whole.broker:
        joined["broker"] = _broker(whole, broker)
    return joined, _notes(whole, files[0].name, unset)


def _composition(
    project: Row,
    compose: Compose,
    variables: Mapping[str, str],
    own: Row,
    broker: object,
) -> Composition:
    services: dict[str, Row] = project.get("services") or {}
    asked = broker.get("compose") if isinstance(broker, dict) else None
    # A profile's service that the stack file speaks of is wanted, as one named on a command line.
    named = [name for name in services if part_name(name) in own and not compose.services]
    usual = selected(services, compose.services, set(compose.profiles))
    chosen = selected(services, [*usual, *named], set()) if named else usual
    found = broker_service({name: services[name] for name in services}, asked)
    kept = [name for name in services if name in chosen or (asked and name == found)]
    return Composition(
        project=project,
        services={name: services[name] for name in kept},
        variables=variables,
        broker=found if found in kept else "",
    )


def _parts(whole: Composition) -> Row:
    found: Row = {}
    for name in whole.services:
        if name == whole.broker:
            continue
        if part_name(name) in {*found, "broker"}:
            raise ValueError(
                f"services.{name}: its part would be called {part_name(name)!r}, as another is, or"
                " as the broker; give it another name in a file of your own"
            )
        found[part_name(name)] = part_table(name, whole)
    return found


def _laid_over(parts: Row, own: Row, file: str) -> Row:
    """Return the parts of both files; what the stack file says counts before the compose file."""
    made = dict(parts)
    for name, table in own.items():
        if not isinstance(table, dict):
            return {**made, **own}  # which is told with all else
        if name not in parts and not any(key in table for key in _STARTS):
            raise ValueError(
                f"[parts.{name}] is no service of {file}{meant(name, parts)}, and has neither a"
                f" `command` nor an `image`; services are: {', '.join(parts)}"
            )
        made[name] = _over(parts.get(name, {}), table)
    return made


def _over(part: Row, own: Row) -> Row:
    gone = {_OWN_IMAGE[key] for key in own if key in _OWN_IMAGE}
    made = {key: value for key, value in part.items() if key not in gone}
    for key, value in own.items():
        both = key in JOINED and isinstance(value, dict) and isinstance(made.get(key), dict)
        made[key] = {**made[key], **value} if both else value
    # A role that ends, or that does not, is ready in its own way.
    if own.get("role") == "job" or ("role" in own and made.get("ready") == "exit"):
        made["ready"] = own.get("ready", "exit" if own["role"] == "job" else "started")
    if "port" in own and "ready" not in own and made.get("ready") == "started":
        made["ready"] = "tcp"
    return made


def _broker(whole: Composition, own: object) -> object:
    if not isinstance(own, dict):
        raise ValueError(  # noqa: TRY004 -- of the stack file
            f"the service {whole.broker!r} is a RabbitMQ, and the stack file has no [broker]: add"
            " one with work_queues = [...], the queues that calls are taken from"
        )
    return {**broker_table(whole), **own}


def _notes(whole: Composition, file: str, unset: list[str]) -> tuple[str, ...]:
    notes = [told(whole)] if whole.broker else []
    if unset:
        names = ", ".join(dict.fromkeys(unset))
        notes.append(f"{file} names {names}, which the environment has not: it is empty there.")
    if whole.left_out:
        listed = ", ".join(dict.fromkeys(whole.left_out))
        notes.append(f"Of {file} is left out, and the system runs without it: {listed}.")
    return tuple(notes)


def _table(data: Mapping[str, Any], key: str) -> Row:
    found = data.get(key, {})
    return found if isinstance(found, dict) else {}
