"""What a command would find where it is typed: each thing, and what mends what is missing."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from gatewaybench.composed_stack_file import FILL_IN_QUEUE
from gatewaybench.extras import missing_of
from gatewaybench.late_commands import COMMANDS
from testcontainers_fixtures.broker.debian_packages import TOOLS
from testcontainers_fixtures.engines.docker_access import docker_engine_answers
from testcontainers_fixtures.engines.engine import Place
from testcontainers_fixtures.engines.engine_choice import ENGINES, VARIABLE, engine_name
from testcontainers_fixtures.engines.surroundings import surroundings
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.folders.writable_folders import cache_folder
from testcontainers_fixtures.images.build import require_contexts
from testcontainers_fixtures.project import reference_system
from testcontainers_fixtures.project.project_settings import FoundSettings, found_settings
from testcontainers_fixtures.project.start_needs import (
    FILL_IN,
    unfilled_parts,
    unset_later,
    unset_variables,
)
from testcontainers_fixtures.stack_spec import Part, StackSpec, read_stack_file

LEAST_PYTHON: Final = (3, 11)
_SITE: Final = Path("reports/site")
# There; to be mended before anything runs; to be mended before that one command runs.
State = Literal["there", "missing", "optional"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """One thing that was looked at: what was found, and the command or step that mends it."""

    what: str
    found: str
    state: State = "there"
    mend: str = ""


def examinations(stack: Path | None, engine: str | None) -> Iterator[Examination]:
    """Look at all that a command would use, in the order in which it would; start nothing."""
    yield _python()
    try:
        found = found_settings()
    except StackError as error:
        yield _wrong("settings", error, "correct that file")
        return
    yield _settings(found)
    yield _site(Path(found.settings.site or _SITE).absolute())
    yield from _system(_stack_file(stack, found), engine or found.settings.engine)
    yield from _commands()


def _python() -> Examination:
    said = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info >= LEAST_PYTHON:
        return Examination(what="Python", found=said)
    least = ".".join(map(str, LEAST_PYTHON))
    return Examination(
        what="Python", found=said, state="missing", mend=f"use Python {least} or later"
    )


def _settings(found: FoundSettings) -> Examination:
    if found.file is None:
        return Examination(
            what="settings",
            found="none: no [tool.gatewaybench] in a pyproject.toml, gatewaybench.toml or "
            "stack.toml from here upwards",
        )
    return Examination(what="settings", found=str(found.file))


def _site(folder: Path) -> Examination:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return Examination(what="pages and records", found=str(folder))
    return Examination(
        what="pages and records",
        found=f"{folder} cannot be written to",
        state="missing",
        mend="name another folder: --site FOLDER, or `site` in the settings",
    )


def _stack_file(typed: Path | None, found: FoundSettings) -> Path:
    return typed or Path(found.settings.stack or reference_system.STACK_FILE)


def _system(file: Path, engine: str | None) -> Iterator[Examination]:
    try:
        spec = read_stack_file(file)
    except StackError as error:
        yield _wrong("stack file", error, "correct it, or write one: gatewaybench init")
        return
    ours = " (the reference system)" if file == reference_system.STACK_FILE else ""
    parts = ", ".join(f"{name} ({part.role})" for name, part in spec.parts.items())
    yield Examination(what="stack file", found=f"{file}{ours}: {parts}")
    yield from _commands_of_parts(spec)
    yield from _variables(spec)
    yield from _queues(spec)
    try:
        chosen = engine_name(engine)
    except StackError as error:
        yield _wrong("engine", error, f"one of: {', '.join(ENGINES)}")
        return
    yield _engine(chosen, asked=engine or os.environ.get(VARIABLE))
    if chosen == "containers" and spec.broker:
        yield Examination(what="broker", found="RabbitMQ, in a container of its own")
    if chosen == "containers":
        yield from _images(spec)
    if chosen == "processes":
        yield from _processes(spec, file)


def _engine(chosen: str, asked: str | None) -> Examination:
    why = "as asked for" if asked else "by itself"
    if chosen == "containers" and not docker_engine_answers():
        return Examination(
            what="engine",
            found="containers, as asked for, but no Docker engine of this machine answers",
            state="missing",
            mend="start one (sudo systemctl start docker), or choose --engine processes",
        )
    return Examination(what="engine", found=f"{chosen}, {why}")


def _variables(spec: StackSpec) -> Iterator[Examination]:
    for user, variable in unset_variables(spec):
        yield _variable(user, variable, "missing")
    for user, variable in unset_later(spec):
        yield _variable(user, variable, "optional")


def _variable(user: str, variable: str, state: State) -> Examination:
    return Examination(
        what=user,
        found=f"its variable {variable} is not set, or empty",
        state=state,
        mend=f"export {variable}=...",
    )


def _commands_of_parts(spec: StackSpec) -> Iterator[Examination]:
    for name in unfilled_parts(spec):
        yield Examination(
            what=f"part {name}",
            found="nobody has said how it is started",
            state="missing",
            mend="write its command into the stack file",
        )


def _images(spec: StackSpec) -> Iterator[Examination]:
    try:
        require_contexts(spec)
    except StackError as error:
        yield _wrong("image", error)


def _queues(spec: StackSpec) -> Iterator[Examination]:
    if spec.broker and FILL_IN_QUEUE in spec.broker.queues:
        yield Examination(
            what="broker",
            found="nobody has said from which queues calls are taken",
            state="missing",
            mend="fill in `work_queues` of [broker] in the stack file",
        )


def _processes(spec: StackSpec, file: Path) -> Iterator[Examination]:
    if spec.broker:
        yield _broker()
    if file == reference_system.STACK_FILE:
        yield from _reference_system()
        return
    if spec.compose is not None:
        yield Examination(
            what="stack file",
            found="its parts are of a compose file, which runs in containers alone",
            state="missing",
            mend="start a Docker engine, and choose --engine containers",
        )
        return
    for name, part in spec.parts.items():
        yield from _program(spec, name, part)


def _broker() -> Examination:
    if server := shutil.which("rabbitmq-server"):
        return Examination(what="broker", found=f"RabbitMQ on PATH ({server})")
    kept = sorted(cache_folder().glob("rabbitmq-*/bin/erl"))
    if kept:
        return Examination(what="broker", found=f"RabbitMQ, unpacked ({kept[-1].parents[1]})")
    lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
    if lacking:
        return Examination(
            what="broker",
            found=f"no rabbitmq-server on PATH, and none can be unpacked without {lacking[0]}",
            state="missing",
            mend="install RabbitMQ and put rabbitmq-server on PATH, or start a Docker engine",
        )
    return Examination(
        what="broker", found="RabbitMQ, to be unpacked from Debian's packages at the first run"
    )


def _reference_system() -> Iterator[Examination]:
    if missing := missing_of("system"):
        yield Examination(
            what="reference system",
            found=f"its parts lack {', '.join(missing)}",
            state="missing",
            mend="pip install 'gatewaybench[system]'",
        )


def _program(spec: StackSpec, name: str, part: Part) -> Iterator[Examination]:
    if not part.command:
        yield Examination(
            what=f"part {name}",
            found="it is an image, which runs in containers alone",
            state="missing",
            mend="start a Docker engine, or write its command into the stack file",
        )
        return
    if part.command[0] == FILL_IN:
        return
    place = Place(folder=part.folder, python=part.python or "", user=part.user or "")
    try:
        around = surroundings(place, name, root=spec.workdir, settings=part.settings)
        around.located(part.command, name)
    except StackError as error:
        yield _wrong(f"part {name}", error)


def _commands() -> Iterator[Examination]:
    for one in COMMANDS:
        if one.extra and (missing := missing_of(one.extra)):
            yield Examination(
                what=f"gatewaybench {one.name}",
                found=f"lacks {', '.join(missing)}",
                state="optional",
                mend=f"pip install 'gatewaybench[{one.extra}]'",
            )


def _wrong(what: str, error: StackError, mend: str = "") -> Examination:
    return Examination(what=what, found=str(error), state="missing", mend=mend)
