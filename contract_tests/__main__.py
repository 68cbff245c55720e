"""The contract suite on systems that are already up: `nox -s contract -- --gateway URL ...`.

Without a stack file one is made of what the options say: which services there are, and which of
them have a twin.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import pytest
import typer

from contract_tests.drift import document_sources, references
from reports import publication
from testcontainers_fixtures.errors import MissingNeedError, SpecError
from testcontainers_fixtures.http_client import trust
from testcontainers_fixtures.session_options import UNSEEN
from testcontainers_fixtures.stack_spec import read_stack_file
from testcontainers_fixtures.temporary_folders import scratch

SUITE: Final = Path(__file__).parent
BAD_INPUT: Final = 2
UNKNOWN: Final = 3
DEFAULT_DOCUMENT: Final = "/openapi.json"
# Pytest's own codes (pytest.ExitCode); what is not here speaks of the run, so nothing is known.
CODES: Final = {0: 0, 1: 1, 2: BAD_INPUT, 4: BAD_INPUT}
# Nothing is started, so no port is bound and no command run.
_ANY_PORT: Final = 1
_NO_COMMAND: Final = ("attached",)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Named = list[str] | None


@app.command()
def contract(  # noqa: PLR0913 -- one parameter an option, each by name
    *,
    gateway: Annotated[str, typer.Option(metavar="URL", help="The gateway to hold to account.")],
    service: Annotated[
        Named, typer.Option(metavar="NAME=URL", help="A service behind it; may be repeated.")
    ] = None,
    twin: Annotated[
        Named,
        typer.Option(
            metavar="NAME=URL",
            help="A second copy of a service, with equal rows, that no gateway stands before.",
        ),
    ] = None,
    schema: Annotated[
        Named,
        typer.Option(
            metavar="NAME=FILE", help="A service's OpenAPI document; else it is asked for its own."
        ),
    ] = None,
    follow_refs: Annotated[
        bool,
        typer.Option(
            references.OPTION,
            help="Fetch what a document refers to, below its own address or folder.",
        ),
    ] = False,
    ca_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Whose certificates to trust, in place of the machine's."
        ),
    ] = None,
    openapi: Annotated[
        str, typer.Option(metavar="PATH", help="Where services and gateway publish theirs.")
    ] = DEFAULT_DOCUMENT,
    stack: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A stack file, for what else it says of the system."),
    ] = None,
    amqp: Annotated[str | None, typer.Option(metavar="URL", help=f"Its broker; {UNSEEN}.")] = None,
    management: Annotated[
        str | None, typer.Option(metavar="URL", help="Its broker's management API; likewise.")
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An earlier run's record: only what is not in it fails."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Other requests from another seed.")] = 1,
    site: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the page and the record are kept.")
    ] = publication.SITE,
) -> None:
    """Hold a gateway that is up to what its services publish; nothing is started or stopped.

    Every request is real: it may write into the system, so attach to one that is there for tests.
    Without a twin of a service, its answers are held against its schema only.

    Exit codes: 0 clean, 1 findings, 2 bad input, 3 nothing could be asked.
    """
    services, twins = service or [], twin or []
    options = {"--gateway": [gateway], "--service": services, "--twin": twins}
    options |= {document_sources.SCHEMA_OPTION: schema or [], "--site": [str(site)]}
    options |= {
        "--amqp": [amqp] if amqp else [],
        "--management": [management] if management else [],
    }
    options |= {trust.OPTION: [str(ca_file)] if ca_file else []}
    options |= {"--baseline": [str(baseline)] if baseline else [], "--seed": [str(seed)]}
    words = [f"{name}={value}" for name, values in options.items() for value in values]
    words += [references.OPTION] if follow_refs else []
    try:
        with scratch("contract") as folder:
            file = stack or _stack_file(folder, services, twins, schema or [], openapi)
            spec = read_stack_file(file)
            document_sources.given(schema or [], list(spec.named("service")), follow=follow_refs)
            ended = pytest.main([str(SUITE), f"--stack-file={file.resolve()}", "--record", *words])
    except (SpecError, MissingNeedError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(BAD_INPUT) from error
    raise typer.Exit(CODES.get(int(ended), UNKNOWN))


def _stack_file(
    folder: Path,
    services: Sequence[str],
    twins: Sequence[str],
    schemas: Sequence[str],
    openapi: str,
) -> Path:
    """Write the stack file of a system that is known by its URLs alone."""
    names = dict.fromkeys(pair.partition("=")[0] for pair in (*services, *schemas))
    if not names:
        raise SpecError(
            "Expected --service NAME=URL or --schema NAME=FILE at least once; there is none, "
            "so there is no document to hold the gateway against."
        )
    doubled = {pair.partition("=")[0] for pair in twins}
    place = {"port": _ANY_PORT, "command": _NO_COMMAND, "openapi": openapi}
    parts = {name: {"role": "service", "twin": name in doubled, **place} for name in names}
    tables = {"parts.gateway": {"role": "gateway", **place}}
    tables |= {f'parts."{name}"': part for name, part in parts.items()}
    file = folder / "stack.toml"
    file.write_text(f'format_version = 1\nname = "attached"\n{_toml(tables)}', encoding="utf-8")
    return file


def _toml(tables: Mapping[str, Mapping[str, object]]) -> str:
    # JSON's strings, booleans and lists are TOML's as well.
    lines: list[str] = []
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(one)}" for key, one in table.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(app(prog_name="python -m contract_tests"))
