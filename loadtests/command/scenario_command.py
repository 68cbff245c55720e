"""The command `python -m loadtests scenario`: a scenario written for you, as TOML to edit."""

import re
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
import tomli_w
import typer

from loadtests.command.har_flows import FlowWriter
from loadtests.command.har_recording import recorded
from loadtests.command.openapi_scenarios import ScenarioWriter, WrittenScenario
from reports.record.number_formats import visible
from testcontainers_fixtures.command_options import application
from testcontainers_fixtures.errors import NoAnswerError, SpecError
from testcontainers_fixtures.http_client.http_exchange import exchange
from testcontainers_fixtures.output.exit_codes import ExitCode

COMMAND: Final = "scenario"
FETCHED_WITHIN_S: Final = 10.0
_OK: Final = 200
# What lets callers in: in a stack file, and beside a requests file.
_LETS_IN: Final = (
    "# Callers are let in: it takes a [login] in the stack file, or `credentials` of [contract].\n",
    "# Callers are let in: it takes --login FILE, or --header.\n",
)
_PLAIN_ARRAY: Final = re.compile(r"\[\n(?: +[^\n\[\]{}]+,\n)+ *\]")
_ITEM: Final = re.compile(r"^ +(.+),$", re.MULTILINE)

app = application()


@app.command(COMMAND)
def scenario(
    openapi: Annotated[
        str | None,
        typer.Option(metavar="URL|FILE", help="The document to write a scenario for (JSON)."),
    ] = None,
    har: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A browser's or a proxy's record, to write a flow of."),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Whose requests of it. (default: the most asked for JSON)",
        ),
    ] = None,
    name: Annotated[
        str, typer.Option(metavar="NAME", help="The scenario's name in the stack file.")
    ] = "documented",
    target: Annotated[  # noqa: FBT002 -- Typer reads options so
        bool, typer.Option("--for-target", help="Write a file for --requests of --target instead.")
    ] = False,
) -> None:
    """Write a scenario for an OpenAPI document or a recording, as TOML to edit.

    Of a document each operation is a call; bodies are drawn so that they fit their schemas, reads
    take ids that creates kept, and deletes take them for good. Of a recording (HAR) each request is
    a step of a flow, with its think time, and with what it took from earlier answers kept from
    them. What cannot be written is said in a comment, and no secret is written.
    """
    try:
        written, source = _written(openapi, har, origin)
        text = as_toml(written, source, None if target else name)
    except SpecError as error:
        typer.echo(visible(str(error)), err=True)
        raise typer.Exit(ExitCode.BAD_INPUT) from error
    typer.echo(text, nl=False)


def _written(
    openapi: str | None, har: Path | None, origin: str | None
) -> tuple[WrittenScenario, str]:
    """Return the scenario and what it was written for; raise SpecError where that is not said."""
    if har and openapi is None:
        return FlowWriter(recorded(har, origin)).write(), str(har)
    if openapi and har is None and origin is None:
        return ScenarioWriter(document_at(openapi)).write(), openapi
    raise SpecError(
        "Expected --openapi URL|FILE or --har FILE, one of both; --origin goes with --har."
    )


def document_at(place: str) -> dict[str, Any]:
    """Return the document at a URL or in a file; raise SpecError for what is none."""
    data = _fetched(place) if place.startswith(("http://", "https://")) else _read(Path(place))
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SpecError(
            f"Expected an OpenAPI document in JSON at {place}, but: {error}. Of YAML give the JSON "
            f"form."
        ) from error


def as_toml(written: WrittenScenario, source: str, name: str | None) -> str:
    """Return a scenario of a stack file, or with no name a requests file."""
    if not written.calls:
        raise SpecError(f"No request of {source} can be made as it stands. {_said(written)}")
    content: dict[str, Any] = {written.key: list(written.calls)}
    if name is not None:
        described = {"description": f"Written for {Path(urlsplit(source).path).name}"}
        content = {"scenarios": {name: described | content}}
    comments = "".join(f"# Left out: {_in_one_line(one)}\n" for one in written.left_out)
    comments += _LETS_IN[name is None] if written.lets_in else ""
    toml = _shorter(tomli_w.dumps(content))
    return f"# Written for {_in_one_line(source)}; edit it.\n{comments}\n{toml}"


def _shorter(toml: str) -> str:
    """Return TOML whose arrays of plain values stand on one line each."""
    return _PLAIN_ARRAY.sub(lambda found: f"[{', '.join(_ITEM.findall(found[0]))}]", toml)


def _said(written: WrittenScenario) -> str:
    first = next(iter(written.left_out), "it has none")
    return f"The first of {len(written.left_out)} that were left out: {first}."


def _in_one_line(text: str) -> str:
    return visible(" ".join(text.split()))


def _fetched(url: str) -> bytes:
    parts = urlsplit(url)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    base = f"{parts.scheme}://{parts.netloc}"
    try:
        reply = exchange(base, "GET", target, within_s=FETCHED_WITHIN_S)
    except (NoAnswerError, ValueError) as error:
        raise SpecError(f"Expected an OpenAPI document at {url}, but: {error}") from error
    if reply.status != _OK:
        raise SpecError(f"Expected an OpenAPI document at {url}; seen: status {reply.status}.")
    return reply.body


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SpecError(
            f"Expected an OpenAPI document in {file}, but: {error.strerror}."
        ) from error
