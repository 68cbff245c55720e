"""The options that several commands of the suite take, on what is up, what starts, or documents."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contract_tests.drift.document_sources import GATEWAY_HEADER, SERVICE_HEADER
from testcontainers_fixtures.command_options import RUN
from testcontainers_fixtures.http_client import trust
from testcontainers_fixtures.http_client.typed_headers import SECRET
from testcontainers_fixtures.stack_file.drift_spec import FailOn

Baseline = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="An earlier run's record: only what is not in it fails.",
        rich_help_panel=RUN,
    ),
]
Seed = Annotated[
    int,
    typer.Option(metavar="N", help="Other requests from another seed.", rich_help_panel=RUN),
]
_TLS: Final = "What is shown over TLS"
ClientCert = Annotated[
    str | None,
    typer.Option(
        trust.CERT_OPTION,
        metavar="FILE",
        help="A certificate for whoever asks for one (PEM), its key in it or in one of its own.",
        rich_help_panel=_TLS,
    ),
]
ClientKey = Annotated[
    str | None,
    typer.Option(
        trust.KEY_OPTION, metavar="FILE", help="Its key, under no password.", rich_help_panel=_TLS
    ),
]
DriftFails = Annotated[
    FailOn | None,
    typer.Option(
        help="Of drift on paper what is of this level, or has this effect, or is graver fails.",
        show_default="note, or as the stack file says",
        rich_help_panel=RUN,
    ),
]


def service_headers(heading: str) -> Any:  # noqa: ANN401 -- as Typer has its options
    """Return the option of headers for where the services' documents are, under a heading."""
    told = f"Sent to where the services' documents are; {SECRET}."
    return _headers(SERVICE_HEADER, told, heading)


def gateway_headers(heading: str) -> Any:  # noqa: ANN401 -- as above
    """Return the option of headers for where the gateway's document is, under a heading."""
    return _headers(GATEWAY_HEADER, "Sent to where the gateway's document is; likewise.", heading)


def _headers(option: str, told: str, heading: str) -> Any:  # noqa: ANN401 -- as above
    return typer.Option(option, metavar="'NAME: VALUE'", help=told, rich_help_panel=heading)
