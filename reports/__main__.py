"""The command line of the reports: build the site, show a run, print the schema."""

from pathlib import Path
from typing import Annotated

import typer

from reports import publication
from reports.findings import headline
from reports.page import MARKS
from reports.record import RecordError, read_record, schema_text
from reports.verdicts import EXIT_CODES, judge, verdict

SCHEMA = Path(__file__).parent / "run.schema.json"
BAD_INPUT = 2
DOES_NOT_HOLD = 1

app = typer.Typer(
    help="Pages and verdicts from stored run records.", no_args_is_help=True, add_completion=False
)
Site = Annotated[Path, typer.Option(help="The folder that holds one folder per run.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Leave with 1 where the verdict is unknown.")
]
Write = Annotated[bool, typer.Option("--write", help=f"Write it into {SCHEMA.name} instead.")]
Run = Annotated[str, typer.Argument(help="A run's folder, its run.json, or its name in the site.")]


@app.command()
def build(site: Site = publication.SITE) -> None:
    """Build every page and the list of runs again, from the run.json files alone."""
    built = publication.build(site)
    typer.echo(f"{built.pages} pages and {built.index}")
    for one in built.unreadable:
        typer.echo(one.sentence, err=True)
    if built.unreadable:
        raise typer.Exit(BAD_INPUT)


@app.command()
def show(run: Run, site: Site = publication.SITE, *, strict: Strict = False) -> None:
    """Say what a run is worth: 0 it holds, 1 it does not, 2 not a run, 3 unknown."""
    path = Path(run)
    try:
        record = read_record(path if path.exists() else site / run)
    except RecordError as error:
        typer.echo(error, err=True)
        raise typer.Exit(BAD_INPUT) from error
    typer.echo(headline(record))
    for one in judge(record):
        typer.echo(f"{MARKS[one.verdict]} {one.subject or one.check}: {one.sentence}")
    code = EXIT_CODES[verdict(record)]
    raise typer.Exit(DOES_NOT_HOLD if strict and code else code)


@app.command()
def schema(*, write: Write = False) -> None:
    """Print the JSON Schema of a run record."""
    if write:
        SCHEMA.write_text(schema_text(), encoding="utf-8")
    else:
        typer.echo(schema_text(), nl=False)


if __name__ == "__main__":
    app(prog_name="python -m reports")
