"""What is asked of a comparison of documents on the command line."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from contract_tests.command.suite_options import (
    ClientCert,
    ClientKey,
    gateway_headers,
    service_headers,
)
from contract_tests.drift import references
from contract_tests.drift.telling import rule_files
from testcontainers_fixtures.command_options import Strict, Tolerant
from testcontainers_fixtures.http_client import trust
from testcontainers_fixtures.stack_file.drift_spec import FailOn

Format = Literal["text", "json", "markdown", "junit", "html", "github"]
OUTPUT: Final = "--output"
_ACCESS: Final = "How the documents are had"
_TOLD: Final = "What is told, and how"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftOptions:
    """The options as they were given."""

    documents: Annotated[
        list[str],
        typer.Argument(
            metavar="DOCUMENT",
            help="A service's, then the gateway's: files or URLs, JSON or YAML. Of several services"
            " each is NAME=DOCUMENT. `'$NAME'` is read from that environment variable, since a URL"
            " may hold a password.",
            show_default=False,
        ),
    ]
    format: Annotated[
        Format, typer.Option(help="The form of the report.", rich_help_panel=_TOLD)
    ] = "text"
    output: Annotated[
        Path | None,
        typer.Option(
            OUTPUT,
            metavar="FILE",
            help="Write the report there, and its headline here.",
            rich_help_panel=_TOLD,
        ),
    ] = None
    ignore: Annotated[
        Path | None,
        typer.Option(
            rule_files.OPTION,
            metavar="FILE",
            help="What may differ, and why: TOML with `[[ignore]]` tables of where, what, because,"
            " until.",
            rich_help_panel=_TOLD,
        ),
    ] = None
    stack: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A stack file: its `[contract]` says where services' paths are, what is left out,"
            " and of drift what a file of rules does.",
            rich_help_panel=_TOLD,
        ),
    ] = None
    fail_on: Annotated[
        FailOn | None,
        typer.Option(
            help="Leave with 1 for differences of this level, or with this effect, or graver.",
            show_default="note, or as the rules' file says",
            rich_help_panel=_TOLD,
        ),
    ] = None
    partial: Annotated[
        bool,
        typer.Option(
            "--partial",
            help="The gateway stands before other services too: what it alone publishes is none.",
            rich_help_panel=_TOLD,
        ),
    ] = False
    strict: Strict = False
    tolerant: Tolerant = False
    service_header: Annotated[list[str], service_headers(_ACCESS)] = field(default_factory=list)
    gateway_header: Annotated[list[str], gateway_headers(_ACCESS)] = field(default_factory=list)
    client_cert: ClientCert = None
    client_key: ClientKey = None
    ca_file: Annotated[
        str | None,
        typer.Option(
            trust.OPTION,
            metavar="FILE",
            help="Whose certificates to trust, in place of the machine's.",
            rich_help_panel=_ACCESS,
        ),
    ] = None
    follow_refs: Annotated[
        bool,
        typer.Option(
            references.OPTION,
            help="Fetch what a document refers to, below its own address or folder.",
            rich_help_panel=_ACCESS,
        ),
    ] = False
