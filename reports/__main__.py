"""The command line of the reports: build the site, show a run, print the schema."""

from pathlib import Path
from typing import Annotated

import typer

from reports import publication
from reports.export.ci import job_address, tell_ci_of_comparison
from reports.export.job_summary import summary
from reports.export.run_comment import no_run, run_comment
from reports.judgement import reference_run
from reports.judgement.findings import headline
from reports.judgement.verdicts import exit_code, judge
from reports.page.comparison_sections import whole_exit_code
from reports.page.page import MARKS, Unreadable
from reports.record.number_formats import visible
from reports.record.record import RecordError, read_record, schema_text
from reports.stored_runs import StoredRun, attempted, newest, stored
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.project.configured_command import ConfiguredCommand

SCHEMA = Path(__file__).parent / "run.schema.json"

app = typer.Typer(
    help="Pages and verdicts from stored run records.", no_args_is_help=True, add_completion=False
)
Site = Annotated[Path, typer.Option(help="The folder that holds one folder per run.")]
Url = Annotated[str, typer.Option(help="Where the site will be served, for the feed's links.")]
Strict = Annotated[
    bool, typer.Option("--strict", help="Leave with 1 where the verdict is unknown.")
]
Tolerant = Annotated[
    bool, typer.Option("--tolerant", help="Leave with 0 where some figure could be judged.")
]
Write = Annotated[bool, typer.Option("--write", help=f"Write it into {SCHEMA.name} instead.")]
Run = Annotated[str, typer.Argument(help="A run's folder, its run.json, or its name in the site.")]
AnyRun = Annotated[
    str, typer.Argument(help="A run, as `show` takes it; else the newest.", show_default=False)
]
Since = Annotated[
    str, typer.Option(metavar="TIME", help="Only a run that began then: 2026-11-30T061500Z.")
]
Ended = Annotated[
    str, typer.Option(metavar="CODE", help="How the command ended, told where it left no run.")
]
Key = Annotated[str, typer.Option(help="Which comment of a pull request this one replaces.")]


@app.command(cls=ConfiguredCommand)
def build(site: Site = publication.SITE, url: Url = "") -> None:
    """Build every page, the list of runs and its feed again, from the run.json files alone."""
    if url and not url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"expected an address with http:// or https://, got {url!r}")
    try:
        built = publication.build(site, url)
    except RecordError as error:
        raise _refused(error) from error
    typer.echo(f"{built.pages} pages and {built.index}")
    for one in built.unreadable:
        typer.echo(visible(one.sentence), err=True)
    if built.unreadable:
        raise typer.Exit(ExitCode.BAD_INPUT)


@app.command(cls=ConfiguredCommand)
def show(run: Run, site: Site = publication.SITE, *, strict: Strict = False) -> None:
    """Say what a run is worth: 0 holds, 1 does not, 2 not a run, 3 unknown, not applicable."""
    found = _found(Path(run) if Path(run).exists() else site / run)
    record, shown = found.record, found.shown
    typer.echo(visible(headline(record)))
    for one in judge(record):
        typer.echo(visible(f"{MARKS[one.verdict]} {one.subject or one.check}: {one.sentence}"))
    if shown:
        typer.echo(visible(f"Against the baseline: {shown.headline}"))
    raise typer.Exit(whole_exit_code(record, shown, strict=strict))


@app.command(cls=ConfiguredCommand)
def comment(
    run: AnyRun = "",
    site: Site = publication.SITE,
    *,
    since: Since = "",
    ended: Ended = "",
    key: Key = "run",
) -> None:
    """Print what a pull request is told of a run (Markdown); `gatewaybench comment` puts it up."""
    try:
        path = (Path(run) if Path(run).exists() else site / run) if run else newest(site, since)
        found = None if path is None else _found(path)
        text = summary(found.record, found.shown) if found else no_run(ended)
        typer.echo(run_comment(key, text, job_address()), nl=False)
    except (RecordError, ValueError) as error:
        raise _refused(error) from error


@app.command(cls=ConfiguredCommand)
def compare(
    before: Run,
    after: Run,
    site: Site = publication.SITE,
    *,
    strict: Strict = False,
    tolerant: Tolerant = False,
) -> None:
    """Hold a load run against an earlier one: 1 a regression, 0 none, 2 bad input, 3 unknown."""
    try:
        sides = [reference_run.found(text, site) for text in (before, after)]
    except RecordError as error:
        raise _refused(error) from error
    made = attempted(
        f"{before} beside {after}",
        lambda: publication.publish_comparison(sides[0], sides[1], site),
    )
    if isinstance(made, Unreadable):
        raise _refused(made.sentence)
    page, shown = made
    for one in shown.pictures:
        typer.echo(visible(one.title))
        for row in one.table.rows if one.table else ():
            typer.echo(visible("  " + "  ".join(row)))
    for line in (*shown.sentences, shown.headline, f"Page: {page}"):
        typer.echo(visible(line))
    tell_ci_of_comparison(shown, typer.echo)
    raise typer.Exit(
        exit_code(shown.verdict, judged=shown.judged, strict=strict, tolerant=tolerant)
    )


@app.command(cls=ConfiguredCommand)
def keep(run: Run, name: str, site: Site = publication.SITE) -> None:
    """Keep a slim copy of a load run under reports/reference, for later runs to be held against."""
    try:
        _, record = reference_run.found(run, site)
        typer.echo(reference_run.keep(record, name))
    except RecordError as error:
        raise _refused(error) from error


@app.command()
def schema(*, write: Write = False) -> None:
    """Print the JSON Schema of a run record."""
    if write:
        SCHEMA.write_text(schema_text(), encoding="utf-8")
    else:
        typer.echo(schema_text(), nl=False)


def _found(path: Path) -> StoredRun:
    """Return the run of a folder, or of its record; end the command where it cannot be read."""
    folder = path if path.is_dir() else path.parent
    found = attempted(str(path), lambda: stored(folder, read_record(path)))
    if isinstance(found, Unreadable):
        raise _refused(found.sentence)
    return found


def _refused(said: object) -> typer.Exit:
    typer.echo(visible(str(said)), err=True)
    return typer.Exit(ExitCode.BAD_INPUT)


if __name__ == "__main__":
    app(prog_name="python -m reports")
