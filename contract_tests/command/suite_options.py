"""The options that both ways to run the contract suite take: on what is up, and on what starts."""

from pathlib import Path
from typing import Annotated

import typer

from testcontainers_fixtures.command_options import RUN
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
DriftFails = Annotated[
    FailOn | None,
    typer.Option(
        help="Of drift on paper what is of this level, or has this effect, or is graver fails.",
        show_default="note, or as the stack file says",
        rich_help_panel=RUN,
    ),
]
