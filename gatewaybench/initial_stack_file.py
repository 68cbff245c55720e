"""Writes a stack file to start from: `gatewaybench init`."""

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from gatewaybench.examinations import FILL_IN, examinations
from gatewaybench.published import Published, asked
from gatewaybench.stack_file_text import stack_file_text
from testcontainers_fixtures.command_options import application
from testcontainers_fixtures.errors import SpecError, StackError
from testcontainers_fixtures.folders.writable_folders import writing_to
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.project.stack_schema import NAME as SCHEMA
from testcontainers_fixtures.project.stack_schema import SCHEMA_FILE
from testcontainers_fixtures.stack_spec import read_stack_file

# Of a system of which nothing is known yet.
_GATEWAY: Final = Published(name="gateway", port=8000, ready="GET /health")
_SERVICE: Final = Published(name="orders", port=8001, ready="GET /health")
_NO_NAME: Final = re.compile(r"[^a-z0-9_-]+")
app = application()
File = Annotated[Path, typer.Argument(help="The stack file to write.")]
Gateway = Annotated[str | None, typer.Option(metavar="URL", help="The gateway, where it is up.")]
Service = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=URL", help="A service behind it, where it is up; may be repeated."),
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


@app.command("init")
def init(
    file: File = Path("stack.toml"),
    *,
    gateway: Gateway = None,
    service: Service = None,
    force: Force = False,
) -> None:
    """Write a stack file to start from, with comments on what to fill in, and its schema beside it.

    Of what is up (--gateway, --service) ports, health requests and OpenAPI documents are asked for:
    they give probes, rows to start from, and what a load run sends. Exit codes: 0 written, 2 bad
    input.
    """
    try:
        with writing_to(file.absolute().parent):
            _write(file, gateway, service or [], force=force)
    except StackError as error:
        typer.echo(error, err=True)
        raise typer.Exit(ExitCode.BAD_INPUT) from error
    _tell(file)


def _write(file: Path, gateway: str | None, services: list[str], *, force: bool) -> None:
    if file.exists() and not force:
        raise SpecError(f"{file} is there already: name another file, or write over it (--force).")
    front = asked("gateway", gateway) if gateway else _GATEWAY
    behind = [_service(pair) for pair in services] or ([] if gateway else [_SERVICE])
    name = _NO_NAME.sub("-", file.absolute().parent.name.lower()).strip("-_0123456789")[:40]
    file.write_text(stack_file_text(name or "system", front, behind), encoding="utf-8")
    file.with_name(SCHEMA).write_bytes(SCHEMA_FILE.read_bytes())
    read_stack_file(file)


def _service(pair: str) -> Published:
    name, _, url = pair.partition("=")
    if not name or not url:
        raise SpecError(f"Expected --service NAME=URL; seen: {pair!r}.")
    return asked(name, url)


def _tell(file: Path) -> None:
    typer.echo(f"Written: {file}, and {SCHEMA} beside it, by which editors complete and check it.")
    parts = read_stack_file(file).parts.items()
    if unfilled := [name for name, part in parts if part.command[0] == FILL_IN]:
        typer.echo(f"It does not start yet: fill in the command of {', '.join(unfilled)}.")
    for one in examinations(file, None):
        if one.state == "missing" and one.what.removeprefix("part ") not in unfilled:
            typer.echo(f"{one.what}: {one.found}; {one.mend}")
    typer.echo(f"Then: gatewaybench stack --stack {file}")
