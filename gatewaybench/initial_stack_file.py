"""Writes a stack file to start from: `gatewaybench init`."""

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from gatewaybench.compose_roles import compose_roles
from gatewaybench.composed_stack_file import composed_text
from gatewaybench.examinations import examinations
from gatewaybench.interview import interview
from gatewaybench.probe_paths import answered, probes_at
from gatewaybench.published import DOCUMENTS, HEALTH, Published, asked
from gatewaybench.stack_file_text import stack_file_text
from testcontainers_fixtures.command_options import application
from testcontainers_fixtures.errors import SpecError, StackError
from testcontainers_fixtures.folders.writable_folders import writing_to
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.project.stack_schema import NAME as SCHEMA
from testcontainers_fixtures.project.stack_schema import SCHEMA_FILE
from testcontainers_fixtures.project.start_needs import unfilled_parts
from testcontainers_fixtures.stack_spec import read_stack_file

# Of a system of which nothing is known yet.
_GATEWAY: Final = Published(name="gateway", port=8000, ready="GET /health")
_SERVICE: Final = Published(name="orders", port=8001, ready="GET /health")
_NO_NAME: Final = re.compile(r"[^a-z0-9_-]+")
app = application()
File = Annotated[Path, typer.Argument(help="The stack file to write.")]
Compose = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The compose file to take the parts from.")
]
Gateway = Annotated[
    str | None,
    typer.Option(metavar="URL|NAME", help="The gateway, where it is up; of --compose its service."),
]
Service = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=URL", help="A service behind it, where it is up; may be repeated."),
]
Ask = Annotated[bool, typer.Option("--ask", help="Ask for what starts it, at the terminal.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


@app.command("init")
def init(  # noqa: PLR0913 -- one option each
    file: File = Path("stack.toml"),
    *,
    compose: Compose = None,
    gateway: Gateway = None,
    service: Service = None,
    ask: Ask = False,
    force: Force = False,
) -> None:
    """Write a stack file to start from, with comments on what to fill in, and its schema beside it.

    Of a compose file (--compose) it is what that cannot say: who is the gateway, and who takes
    calls from which queue. Of what is up (--gateway, --service) ports, health requests and OpenAPI
    documents are asked for: they give probes, rows to start from, and what a load run sends. With
    --ask you are asked for commands and ports. Exit codes: 0 written, 2 bad input.
    """
    try:
        with writing_to(file.absolute().parent):
            _require_one_way(compose, gateway, service or [], ask=ask)
            _require_room(file, force=force)
            text = _asked_text(file) if ask else _text(file, compose, gateway, service or [])
            file.write_text(text, encoding="utf-8")
            file.with_name(SCHEMA).write_bytes(SCHEMA_FILE.read_bytes())
            read_stack_file(file)
    except StackError as error:
        typer.echo(error, err=True)
        raise typer.Exit(ExitCode.BAD_INPUT) from error
    _tell(file)


def _require_one_way(
    compose: Path | None, gateway: str | None, services: list[str], *, ask: bool
) -> None:
    if compose and services:
        raise SpecError("Expected --compose or --service: what is in a compose file is not asked.")
    if ask and (compose or gateway or services):
        raise SpecError("Expected --ask by itself: what --compose or a URL says is not asked for.")


def _require_room(file: Path, *, force: bool) -> None:
    if file.exists() and not force:
        raise SpecError(f"{file} is there already: name another file, or write over it (--force).")


def _asked_text(file: Path) -> str:
    told = interview()
    return stack_file_text(
        _name(file), told.gateway, told.services, queue=told.queue, resolver=told.resolver
    )


def _name(file: Path) -> str:
    """Return a system's name: that of the folder of its stack file."""
    folder = file.absolute().parent.name.lower()
    return _NO_NAME.sub("-", folder).strip("-_0123456789")[:40] or "system"


def _text(file: Path, compose: Path | None, gateway: str | None, services: list[str]) -> str:
    folder, name = file.absolute().parent, _name(file)
    if compose:
        place = Path(os.path.relpath(compose.absolute(), folder)).as_posix()
        return composed_text(name, place, compose_roles(place, folder, gateway))
    front = asked("gateway", gateway) if gateway else _GATEWAY
    behind = [_service(pair) for pair in services] or ([] if gateway else [_SERVICE])
    _tell_of_documents([front, *behind] if gateway else behind if services else [])
    if gateway:
        behind = [_probed(gateway, front, one) for one in behind]
    return stack_file_text(name, front, behind)


def _service(pair: str) -> Published:
    name, _, url = pair.partition("=")
    if not name or not url:
        raise SpecError(f"Expected --service NAME=URL; seen: {pair!r}.")
    return asked(name, url)


def _tell_of_documents(parts: Iterable[Published]) -> None:
    """Say who has no document where one was looked for: what it tells is not in the file then."""
    for one in parts:
        if not one.openapi:
            typer.echo(
                f"{one.name} has no OpenAPI document at {', '.join(DOCUMENTS)}: name its path as "
                "`openapi`; below a base path it is found where the URL has that."
            )


def _probed(url: str, gateway: Published, service: Published) -> Published:
    """Return a service with the first of its requests that the gateway answers, as asked there."""
    parts = urlsplit(url)
    paths = probes_at(gateway, service, parts.path.rstrip("/"))
    health = gateway.ready.removeprefix("GET ") if gateway.ready != "tcp" else HEALTH[0]
    probe = answered("gateway", f"{parts.scheme}://{parts.netloc}", paths, health)
    return replace(service, probe=probe)


def _tell(file: Path) -> None:
    typer.echo(f"Written: {file}, and {SCHEMA} beside it, by which editors complete and check it.")
    spec = read_stack_file(file)
    for note in spec.notes:
        typer.echo(note)
    if unfilled := unfilled_parts(spec):
        typer.echo(f"It does not start yet: fill in the command of {', '.join(unfilled)}.")
    for one in examinations(file, None):
        if one.state == "missing" and one.what.removeprefix("part ") not in unfilled:
            typer.echo(f"{one.what}: {'; '.join(filter(None, (one.found, one.mend)))}")
    typer.echo(f"Then: gatewaybench stack --stack {file}")
