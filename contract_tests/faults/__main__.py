"""Breaks a stack in every way known and publishes what came of it: `nox -s faults`."""

import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import typer

from contract_tests.faults.cold_starts import STARTS
from contract_tests.faults.matrix import FaultPlan, run
from contract_tests.faults.tailored_faults import STRIKES
from contract_tests.faults.traffic import RATE_PER_S
from reports.export.ci import tell_ci, tell_ci_of_ending
from reports.judgement import inapplicable
from reports.judgement.findings import headline
from reports.page.comparison_sections import whole_exit_code
from reports.publication import SITE, new_run_folder, publish
from reports.record.number_formats import visible
from reports.record.record import RecordError
from testcontainers_fixtures.command_options import (
    RUN,
    Site,
    Strict,
    Tolerant,
    application,
    stack_file,
    taking,
)
from testcontainers_fixtures.errors import MissingNeedError, SpecError
from testcontainers_fixtures.faults.aim import faults_of
from testcontainers_fixtures.faults.catalogue import catalogue
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.folders.writable_folders import writing_to
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.output.redaction import hidden, hidden_in
from testcontainers_fixtures.project import reference_system
from testcontainers_fixtures.project.configured_command import ConfiguredCommand
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

ENGINES = ("processes", "containers")

app = application()


WHAT: Final = "What is broken, and how"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultOptions:
    """The options as they were given."""

    stack: Annotated[Path, stack_file(WHAT)] = reference_system.STACK_FILE
    engines: Annotated[
        list[str],
        typer.Option(
            "--engine", metavar="NAME", help="Only on this one; may repeat.", rich_help_panel=WHAT
        ),
    ] = field(default_factory=list)
    faults: Annotated[
        list[str],
        typer.Option(
            "--fault", metavar="NAME", help="Only this one; may repeat.", rich_help_panel=WHAT
        ),
    ] = field(default_factory=list)
    rate_per_s: Annotated[
        float,
        typer.Option("--rate", min=1, max=500, help="Requests a second.", rich_help_panel=WHAT),
    ] = RATE_PER_S
    cold_starts: Annotated[
        int,
        typer.Option(min=0, max=100, help="Starts with 4 workers a service.", rich_help_panel=WHAT),
    ] = STARTS
    listed: Annotated[
        bool, typer.Option("--list", help="Name the faults and end.", rich_help_panel=RUN)
    ] = False
    site: Site = SITE
    strict: Strict = False
    tolerant: Tolerant = False


@app.command(cls=ConfiguredCommand)
@taking(FaultOptions)
def faults(given: FaultOptions) -> None:
    """Inject every fault on both engines, under traffic, and settle what was lost.

    Exit codes: 0 all holds, 1 it does not, 2 bad input, 3 nothing can be said, or no fault applies
    to such a system (1 with --strict; 0 with --tolerant, where something was judged).
    """
    # Here, not in `main`: the command is one of `gatewaybench` too, which never comes there.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _break(given)
    except (SpecError, MissingNeedError, RecordError) as error:
        _say(str(error))
        tell_ci_of_ending("faults", hidden(str(error)), typer.echo)
        raise typer.Exit(ExitCode.BAD_INPUT) from error


def _break(given: FaultOptions) -> None:
    spec = read_stack_file(given.stack)
    if given.listed:
        for one in _all(spec):
            typer.echo(f"{one.name}: {one.sentence}")
        return
    plan = _plan(spec, given)
    folder = new_run_folder("faults", given.site)
    command = ["nox", "-s", "faults", "--", *sys.argv[1:]]
    try:
        with writing_to(folder):
            record = run(spec, plan, folder, command, _say)
    except KeyboardInterrupt as error:
        # Here, and not in `main`: Typer makes an exit of what leaves a command.
        typer.echo("Interrupted; every stack is stopped, nothing is published.", err=True)
        raise typer.Exit(ExitCode.INTERRUPTED) from error
    record = hidden_in(record)
    page = publish(record, folder)
    for line in inapplicable.told(record):
        typer.echo(visible(line))
    typer.echo(visible(f"{headline(record)} Page: {page}"))
    tell_ci(record, typer.echo)
    raise typer.Exit(whole_exit_code(record, strict=given.strict, tolerant=given.tolerant))


def _say(said: str) -> None:
    typer.echo(visible(hidden(said)), err=True)


def _plan(spec: StackSpec, given: FaultOptions) -> FaultPlan:
    return FaultPlan(
        faults=_chosen(spec, given.faults),
        engines=_engines(given.engines),
        rate_per_s=given.rate_per_s,
        cold_starts=given.cold_starts,
    )


def _all(spec: StackSpec) -> tuple[Fault, ...]:
    """Return every fault: those that any stack knows, those made to measure, the file's own."""
    return faults_of(spec, (*catalogue(), *STRIKES))


def _chosen(spec: StackSpec, names: list[str]) -> tuple[Fault, ...]:
    """Return the faults of these names; the name alone is that fault at each of its parts."""
    known = _all(spec)
    chosen: list[Fault] = []
    for name in names:
        found = [one for one in known if name in {one.name, one.name.partition("@")[0]}]
        if not found:
            there = ", ".join(one.name for one in known)
            raise SpecError(f"Expected a fault out of {there}; seen: {name!r}.")
        chosen += found
    return tuple(chosen) or known


def _engines(names: list[str]) -> tuple[str, ...]:
    for name in names:
        if name not in ENGINES:
            raise SpecError(f"Expected an engine out of {', '.join(ENGINES)}; seen: {name!r}.")
    return tuple(names) or ENGINES


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
