"""The contract suite on systems that are already up: `nox -s contract -- --gateway URL ...`.

Without a stack file one is made of what the options say: which services there are, and which of
them have a twin.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import typer

from contract_tests.command.suite_options import (
    Baseline,
    ClientCert,
    ClientKey,
    DriftFails,
    Seed,
    gateway_headers,
    service_headers,
)
from contract_tests.drift import document_sources, references
from contract_tests.drift.document_sources import document_access
from contract_tests.recording.suite_session import code_of, run_suite
from reports import publication
from reports.export.ci import tell_ci_of_ending
from testcontainers_fixtures.command_options import RUN, Site, application, option_of, taking
from testcontainers_fixtures.errors import MissingNeedError, SpecError
from testcontainers_fixtures.folders.temporary_folders import scratch
from testcontainers_fixtures.http_client import trust
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.output.redaction import hidden, without_passwords
from testcontainers_fixtures.project.configured_command import ConfiguredCommand
from testcontainers_fixtures.session.plugin_options import EXPLAIN_OPTION, UNSEEN
from testcontainers_fixtures.stack_file.nearest import meant
from testcontainers_fixtures.stack_spec import read_stack_file

DEFAULT_DOCUMENT: Final = "/openapi.json"
# Nothing is started, so no port is bound and no command run.
_ANY_PORT: Final = 1
_NO_COMMAND: Final = ("attached",)
_GATEWAY: Final = "gateway"

app = application()

SYSTEM: Final = "The system, which is up"
DOCUMENTS: Final = "Its documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractOptions:
    """The options as they were given."""

    gateway: Annotated[
        str,
        typer.Option(metavar="URL", help="The gateway to hold to account.", rich_help_panel=SYSTEM),
    ]
    service: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=URL",
            help="A service behind it; may be repeated.",
            rich_help_panel=SYSTEM,
        ),
    ] = field(default_factory=list)
    twin: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=URL",
            help="A second copy of a service, with equal rows, that no gateway stands before.",
            rich_help_panel=SYSTEM,
        ),
    ] = field(default_factory=list)
    amqp: Annotated[
        str | None,
        typer.Option(metavar="URL", help=f"Its broker; {UNSEEN}.", rich_help_panel=SYSTEM),
    ] = None
    management: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Its broker's management API; likewise.", rich_help_panel=SYSTEM
        ),
    ] = None
    stack: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A stack file, for what else it says of the system.",
            rich_help_panel=SYSTEM,
        ),
    ] = None
    ca_file: Annotated[
        Path | None,
        typer.Option(
            trust.OPTION,
            metavar="FILE",
            help="Whose certificates to trust, in place of the machine's.",
            rich_help_panel=SYSTEM,
        ),
    ] = None
    client_cert: ClientCert = None
    client_key: ClientKey = None
    schema: Annotated[
        list[str],
        typer.Option(
            document_sources.SCHEMA_OPTION,
            metavar="NAME=FILE|URL",
            help="A service's OpenAPI document, or with `gateway=` the gateway's: a file or a URL;"
            " else each is asked for its own.",
            rich_help_panel=DOCUMENTS,
        ),
    ] = field(default_factory=list)
    service_header: Annotated[list[str], service_headers(DOCUMENTS)] = field(default_factory=list)
    gateway_header: Annotated[list[str], gateway_headers(DOCUMENTS)] = field(default_factory=list)
    follow_refs: Annotated[
        bool,
        typer.Option(
            references.OPTION,
            help="Fetch what a document refers to, below its own address or folder.",
            rich_help_panel=DOCUMENTS,
        ),
    ] = False
    openapi: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            help="Where services and gateway publish theirs.",
            rich_help_panel=DOCUMENTS,
        ),
    ] = DEFAULT_DOCUMENT
    baseline: Baseline = None
    fail_on: DriftFails = None
    seed: Seed = 1
    explain: Annotated[
        bool,
        typer.Option(
            EXPLAIN_OPTION,
            help="Say what applies, by the stack file, and ask nothing.",
            rich_help_panel=RUN,
        ),
    ] = False
    site: Site = publication.SITE


# What is handed to pytest under its own name.
HANDED_ON: Final = (
    *("gateway", "service", "twin", "schema", "amqp", "management"),
    *("service_header", "gateway_header", "ca_file", "client_cert", "client_key"),
    *("baseline", "fail_on", "seed", "site"),
)


@app.command(cls=ConfiguredCommand)
@taking(ContractOptions)
def contract(given: ContractOptions) -> None:
    """Hold a gateway that is up to what its services publish; nothing is started or stopped.

    Every request is real: it may write into the system, so attach to one that is there for tests.
    Without a twin of a service, its answers are held against its schema only.

    To hold documents against each other, with nothing running, there is `drift`.

    Exit codes: 0 clean, 1 findings, 2 bad input, 3 nothing could be asked.
    """
    try:
        with scratch("contract") as folder:
            file = given.stack or _stack_file(folder, given)
            access = document_access(
                given.service_header, given.gateway_header, follow=given.follow_refs
            )
            spec = read_stack_file(file)
            known, own = list(spec.owners), next(iter(spec.named("gateway")))
            document_sources.given(given.schema, known, access, own=own, fetching=False)
            words = [f"--stack-file={file.resolve()}", "--record", *_handed_on(given)]
            ended = run_suite(words)
    except (SpecError, MissingNeedError) as error:
        typer.echo(error, err=True)
        tell_ci_of_ending("contract run", hidden(str(error)), typer.echo)
        raise typer.Exit(ExitCode.BAD_INPUT) from error
    raise typer.Exit(code_of(ended))


def _handed_on(given: ContractOptions) -> Iterator[str]:
    """Yield the options as the suite's own pytest session takes them."""
    for name in HANDED_ON:
        value = getattr(given, name)
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield f"{option_of(ContractOptions, name)}={one}"
    if given.follow_refs:
        yield references.OPTION
    if given.explain:
        yield EXPLAIN_OPTION


def _stack_file(folder: Path, given: ContractOptions) -> Path:
    """Write the stack file of a system that is known by its URLs alone."""
    said = (pair.partition("=")[0] for pair in (*given.service, *given.schema))
    names = dict.fromkeys(name for name in said if name != _GATEWAY)
    if not names:
        raise SpecError(
            "Expected --service NAME=URL or --schema NAME=FILE at least once; there is none, "
            "so there is no document to hold the gateway against."
        )
    _require_no_slip(given)
    doubled = {pair.partition("=")[0] for pair in given.twin}
    place = {"port": _ANY_PORT, "command": _NO_COMMAND, "openapi": given.openapi}
    parts = {name: {"role": "service", "twin": name in doubled, **place} for name in names}
    tables = {f"parts.{_GATEWAY}": {"role": "gateway", **place}}
    tables |= {f'parts."{name}"': part for name, part in parts.items()}
    file = folder / "stack.toml"
    file.write_text(f'format_version = 1\nname = "attached"\n{_toml(tables)}', encoding="utf-8")
    return file


def _require_no_slip(given: ContractOptions) -> None:
    """Refuse a document of a service whose name is nearly the gateway's, or that of one with a URL.

    One that has no URL is another service, which answers behind AMQP alone.
    """
    known = {_GATEWAY, *(pair.partition("=")[0] for pair in given.service)}
    for pair in given.schema:
        name = pair.partition("=")[0]
        if name not in known and (hint := meant(name, known)):
            raise SpecError(
                f"Expected --schema NAME=FILE or NAME=URL for the gateway, for a service that "
                f"--service names, or for another; seen: {without_passwords(pair)!r}{hint}."
            )


def _toml(tables: Mapping[str, Mapping[str, object]]) -> str:
    # JSON's strings, booleans and lists are TOML's as well.
    lines: list[str] = []
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(one)}" for key, one in table.items())]
    return "\n".join(lines) + "\n"
