"""The contract suite on a system that is started for it: `gatewaybench e2e`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from contract_tests.command.suite_options import Baseline, DriftFails, Seed
from contract_tests.recording.suite_session import code_of, run_suite
from reports import publication
from testcontainers_fixtures.command_options import (
    RUN,
    Site,
    application,
    engine_name,
    option_of,
    stack_file,
    taking,
)
from testcontainers_fixtures.project import reference_system
from testcontainers_fixtures.project.configured_command import ConfiguredCommand
from testcontainers_fixtures.session.plugin_options import EXPLAIN_OPTION

WHAT: Final = "What is started"
app = application()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndToEndOptions:
    """The options as they were given."""

    stack: Annotated[Path, stack_file(WHAT)] = reference_system.STACK_FILE
    engine: Annotated[str | None, engine_name(WHAT)] = None
    keyword: Annotated[
        str | None,
        typer.Option(
            "-k",
            metavar="EXPRESSION",
            help="Only tests of such names, as pytest has it.",
            rich_help_panel=RUN,
        ),
    ] = None
    baseline: Baseline = None
    fail_on: DriftFails = None
    seed: Seed = 1
    explain: Annotated[
        bool,
        typer.Option(
            EXPLAIN_OPTION,
            help="Say what applies, by the stack file, and start nothing.",
            rich_help_panel=RUN,
        ),
    ] = False
    site: Site = publication.SITE


@app.command("e2e", cls=ConfiguredCommand)
@taking(EndToEndOptions)
def end_to_end(given: EndToEndOptions) -> None:
    """Start a system, fuzz its gateway against what its services publish, and break its parts.

    Exit codes: 0 clean, 1 findings or no stack, 2 bad input, 3 nothing can be said.
    """
    raise typer.Exit(code_of(run_suite(["--record", *_handed_on(given)])))


def _handed_on(given: EndToEndOptions) -> Iterator[str]:
    """Yield the options as the suite's own pytest session takes them."""
    for name in ("stack", "engine", "baseline", "fail_on", "seed", "site"):
        if (value := getattr(given, name)) is not None:
            yield f"{option_of(EndToEndOptions, name)}={value}"
    if given.explain:
        yield EXPLAIN_OPTION
    if given.keyword:
        yield from ("-k", given.keyword)
