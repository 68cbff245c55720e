"""The command line: `python -m loadtests.transports`, or `nox -s transports`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from loadtests.command.run_summary import print_doubts, unmeasured
from loadtests.plan.plan import Timing
from loadtests.sweep.progress import Display
from loadtests.transports.catalogue import stacks
from loadtests.transports.side_by_side import TransportComparison, compare
from reports import publication
from reports.export.ci import tell_ci, tell_ci_of_ending
from reports.page import transport_sections
from reports.page.comparison_sections import whole_exit_code
from reports.record.number_formats import visible
from reports.record.record import LoadRun, RecordError
from testcontainers_fixtures.command_options import Site, Strict, Tolerant, application, taking
from testcontainers_fixtures.errors import MissingNeedError, SpecError, StackError
from testcontainers_fixtures.folders.writable_folders import writing_to
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.output.redaction import command_line, hidden
from testcontainers_fixtures.project.configured_command import ConfiguredCommand
from testcontainers_fixtures.project.typed_command import typed_command
from testcontainers_fixtures.stack_spec import StackSpec

app = application()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOptions:
    """The options as they were given."""

    only: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="A transport's name; repeatable. (default: all)"),
    ] = field(default_factory=list)
    scenario: Annotated[str, typer.Option(metavar="NAME", help="What is sent: read or write.")] = (
        "read"
    )
    repetitions: Annotated[
        int, typer.Option(min=1, max=100, help="How often each is measured.")
    ] = 5
    in_flight: Annotated[int, typer.Option(min=1, max=256, help="Calls kept in flight.")] = 16
    rate_per_s: Annotated[
        float, typer.Option("--rate", min=1, help="The one rate, requests a second.")
    ] = 50.0
    duration_s: Annotated[
        float, typer.Option("--duration", min=1, help="Seconds of each phase.")
    ] = 5.0
    seed: Annotated[int, typer.Option(help="Equal seeds, equal traffic and order.")] = 1
    site: Site = publication.SITE
    strict: Strict = False
    tolerant: Tolerant = False


@app.command("transports", cls=ConfiguredCommand)
@taking(TransportOptions)
def run(given: TransportOptions) -> None:
    """Measure ways of asking over RabbitMQ side by side: rate, latency, hops and guarantees.

    Exit codes: 0 holds, 1 it does not (too many requests failed, a stack did not start, a load
    process died), 2 bad input, 3 nothing can be said (1 with --strict; 0 with --tolerant, where
    something was judged).
    """
    console = Console()
    try:
        asked = _comparison(given)
        with (
            writing_to(asked.run_folder),
            Display(console, lengths_s=asked.lengths_s) as display,
        ):
            record = compare(asked, display)
    except (SpecError, MissingNeedError, RecordError) as error:
        raise _ended(str(error), ExitCode.BAD_INPUT) from error
    except StackError as error:
        raise _ended(str(error), ExitCode.DOES_NOT_HOLD) from error
    except KeyboardInterrupt as error:
        raise _ended("Interrupted; every stack is stopped.", ExitCode.INTERRUPTED) from error
    _tell(record, asked.run_folder, console)
    raise typer.Exit(whole_exit_code(record, strict=given.strict, tolerant=given.tolerant))


def _tell(record: LoadRun, folder: Path, console: Console) -> None:
    console.print(table(record))
    print_doubts(record, console)
    console.print(f"Page: {folder / publication.PAGE_NAME}", soft_wrap=True)
    tell_ci(record, typer.echo)
    if record.unmeasured:
        typer.echo(visible(unmeasured(record)), err=True)


def _comparison(given: TransportOptions) -> TransportComparison:
    long_s = given.duration_s
    chosen = _chosen(given.only)
    _require_scenario(given.scenario, chosen)
    return TransportComparison(
        stacks=chosen,
        scenario=given.scenario,
        in_flight=given.in_flight,
        rate_per_s=given.rate_per_s,
        repetitions=given.repetitions,
        timing=Timing(warm_up_s=2.0, level_s=long_s, open_s=long_s, open_most_s=long_s),
        seed=given.seed,
        command=command_line(typed_command("loadtests.transports")),
        run_folder=publication.new_run_folder("load", given.site),
    )


def table(record: LoadRun) -> Table:
    """Return the figures of each transport, and their ratios to the first."""
    made = Table("transport", *(title for title, _, _ in transport_sections.FIGURES))
    for one in transport_sections.lines(record):
        made.add_row(one.transport.name, *(_cell(figure) for figure in one.ratios))
    return made


def _cell(figure: transport_sections.Ratio) -> str:
    value = figure.value.estimate
    return "-" if value is None else f"{value:.1f}\n{transport_sections.told(figure.times)}"


def _chosen(names: list[str]) -> dict[str, StackSpec]:
    known = stacks()
    for name in names:
        if name not in known:
            raise SpecError(f"--only takes one of {', '.join(known)}; got {name!r}.")
    return {name: spec for name, spec in known.items() if not names or name in names}


def _require_scenario(name: str, chosen: Mapping[str, StackSpec]) -> None:
    known = next(iter(chosen.values())).scenarios
    if name not in known:
        raise SpecError(f"--scenario takes one of {', '.join(known)}; got {name!r}.")


def _ended(said: str, code: int) -> typer.Exit:
    typer.echo(visible(said), err=True)
    if code != ExitCode.INTERRUPTED:
        tell_ci_of_ending("transports", hidden(said), typer.echo)
    return typer.Exit(code)


if __name__ == "__main__":
    app(prog_name="python -m loadtests.transports")
