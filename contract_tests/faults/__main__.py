"""Breaks a stack in every way known and publishes what came of it: `nox -s faults`."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from contract_tests.faults.cold_starts import STARTS
from contract_tests.faults.matrix import FaultRunOptions, run
from contract_tests.faults.tailored_faults import STRIKES
from contract_tests.faults.traffic import RATE_PER_S
from reports.judgement.findings import headline
from reports.judgement.verdicts import EXIT_CODES, verdict
from reports.publication import SITE, new_run_folder, publish
from reports.record.record import RecordError
from testcontainers_fixtures.errors import MissingNeedError, SpecError
from testcontainers_fixtures.faults.catalogue import catalogue
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.redaction import hidden_in
from testcontainers_fixtures.stack_spec import read_stack_file
from testcontainers_fixtures.writable_folders import writing_to

ENGINES = ("processes", "containers")
BAD_INPUT = 2
DOES_NOT_HOLD = 1
INTERRUPTED = 130

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def faults(  # noqa: PLR0913, PLR0917 -- one option each, which Typer fills by name
    stack: Annotated[Path, typer.Option(help="What to break: a stack file (TOML).")] = Path(
        "system/stack.toml"
    ),
    engine: Annotated[list[str] | None, typer.Option(help="Only on this one; may repeat.")] = None,
    fault: Annotated[list[str] | None, typer.Option(help="Only this one; may repeat.")] = None,
    rate: Annotated[float, typer.Option(min=1, max=500, help="Requests a second.")] = RATE_PER_S,
    cold_starts: Annotated[
        int, typer.Option(min=0, max=100, help="Starts with 4 workers a service.")
    ] = STARTS,
    site: Annotated[Path, typer.Option(help="The folder that holds one folder per run.")] = SITE,
    strict: Annotated[bool, typer.Option("--strict", help="Unknown is 1.")] = False,  # noqa: FBT002 -- Typer's way to say a flag
    listed: Annotated[bool, typer.Option("--list", help="Name the faults and end.")] = False,  # noqa: FBT002 -- as above
) -> None:
    """Try every fault on both engines: 0 all holds, 1 it does not, 2 bad input, 3 unknown."""
    if listed:
        for one in _all():
            typer.echo(f"{one.name}: {one.sentence}")
        return
    spec = read_stack_file(stack)
    asked = FaultRunOptions(
        faults=_chosen(fault or []),
        engines=_engines(engine or []),
        rate_per_s=rate,
        cold_starts=cold_starts,
    )
    folder = new_run_folder("faults", site)
    command = ["nox", "-s", "faults", "--", *sys.argv[1:]]
    try:
        with writing_to(folder):
            record = run(spec, asked, folder, command, lambda said: typer.echo(said, err=True))
    except KeyboardInterrupt as error:
        # Here, and not in `main`: Typer makes an exit of what leaves a command.
        typer.echo("Interrupted; every stack is stopped, nothing is published.", err=True)
        raise typer.Exit(INTERRUPTED) from error
    page = publish(hidden_in(record), folder)
    typer.echo(f"{headline(record)} Page: {page}")
    code = EXIT_CODES[verdict(record)]
    raise typer.Exit(DOES_NOT_HOLD if strict and code else code)


def _all() -> tuple[Fault, ...]:
    """Return every fault: those that any stack knows, and those made to measure."""
    return (*catalogue(), *STRIKES)


def _chosen(names: list[str]) -> tuple[Fault, ...]:
    known = {one.name: one for one in _all()}
    for name in names:
        if name not in known:
            raise SpecError(f"Expected a fault out of {', '.join(known)}; seen: {name!r}.")
    return tuple(known[name] for name in names) or _all()


def _engines(names: list[str]) -> tuple[str, ...]:
    for name in names:
        if name not in ENGINES:
            raise SpecError(f"Expected an engine out of {', '.join(ENGINES)}; seen: {name!r}.")
    return tuple(names) or ENGINES


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except (SpecError, MissingNeedError, RecordError) as error:
        typer.echo(str(error), err=True)
        sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
