"""The command line of the load tests: what to measure, and what the exit code says of it."""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Final

import typer
from rich.console import Console

from loadtests.command import options
from loadtests.command.run_plan import RunOptions, resumed, sweep_order, target_order
from loadtests.command.run_summary import print_summary
from loadtests.sweep import axes
from loadtests.sweep.checkpoint import ASKED_NAME
from loadtests.sweep.progress import Display
from loadtests.sweep.runner import run
from loadtests.sweep.target import TargetOrder, run_target
from loadtests.sweep.trial import RunPlan
from reports import publication
from reports.judgement.verdicts import EXIT_CODES
from reports.page.comparison_sections import whole_verdict, with_baseline
from reports.record.number_formats import visible
from reports.record.record import LoadRun, RecordError
from testcontainers_fixtures.errors import MissingNeedError, SpecError, StackError
from testcontainers_fixtures.http_client import trust
from testcontainers_fixtures.redaction import command_line
from testcontainers_fixtures.writable_folders import writing_to

BAD_INPUT: Final = 2
VOID: Final = 3
DOES_NOT_HOLD: Final = 1
INTERRUPTED: Final = 130

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def load(  # noqa: PLR0913 -- one parameter an option, each by name
    *,
    stack: options.Stack = None,
    resolvers: options.Resolvers = None,
    workers: options.Workers = axes.DEFAULT_COPIES,
    gateway_workers: options.GatewayWorkers = "1",
    prefetch: options.Prefetch = "32",
    scenario: options.Names = None,
    engine: options.EngineName = None,
    duration: options.Duration = None,
    repetitions: options.Repetitions = None,
    until_ci: options.UntilCi = None,
    seed: options.Seed = 1,
    arrivals: options.Spread = "poisson",
    generators: options.Generators = 1,
    pin: options.Pin = False,
    quick: options.Quick = False,
    strict: options.Strict = False,
    site: options.Site = publication.SITE,
    target: options.Target = None,
    ca_file: options.CaFile = None,
    request: options.Request = None,
    requests: options.Requests = None,
    rate: options.Rate = None,
    target_rate: options.TargetRate = None,
    slo_p99_ms: options.SloP99 = None,
    spare: options.Spare = 0,
    cost: options.Cost = None,
    search: options.Search = False,
    search_rate: options.SearchRate = False,
    budget: options.BudgetLength = None,
    resume: options.Resume = None,
    baseline: options.Baseline = None,
) -> None:
    """Measure how many requests a gateway carries, and how fast it answers, as its parts grow.

    Starts the stack, and for every combination of --resolvers and --workers finds what it carries,
    then offers one common rate to all of them and measures the response time of the whole and of
    the RPC hop; five times over, each with fresh data. Ends with a table here and an HTML page.
    The default takes about 7 minutes, --quick less than 3.

    With --target-rate and --slo-p99-ms it answers how many of each are needed: it measures two
    configurations, names the cheapest one that should hold, runs it, and shows both.

    With --baseline it measures again what an earlier run measured, at the same rates, and holds
    each figure against that run's.

    With --target it measures a server that is already up, at one rate, and starts nothing.

    Exit codes: 0 holds, 1 it does not (too many requests failed in the closed loop, no
    configuration holds the target rate, or a figure is worse than the baseline's), 2 bad input,
    3 nothing can be said (1 with --strict).
    """
    signal.signal(signal.SIGTERM, _interrupted)
    asked = RunOptions(
        command=command_line(["python", "-m", "loadtests", *sys.argv[1:]]),
        stack=stack,
        resolvers=resolvers,
        workers=workers,
        gateway_workers=gateway_workers,
        prefetch=prefetch,
        scenarios=tuple(scenario or ()),
        engine=engine,
        duration_s=duration,
        repetitions=repetitions,
        until_ci=until_ci,
        seed=seed,
        arrivals=arrivals,
        generators=generators,
        pin=pin,
        quick=quick,
        site=site,
        target=target,
        requests=tuple(request or ()),
        requests_file=requests,
        rate_per_s=rate,
        target_rate_per_s=target_rate,
        slo_p99_ms=slo_p99_ms,
        spare=spare,
        cost=cost,
        search=search,
        search_rate=search_rate,
        budget=budget,
        baseline=baseline,
    )
    console = Console()
    folder = resume
    try:
        trust.trust(ca_file)
        order = _order(asked, target, resume)
        folder = order.run_folder
        with writing_to(order.run_folder):
            record = _run(order, console)
    except (SpecError, MissingNeedError, RecordError) as error:
        raise _ended(error, BAD_INPUT) from error
    except StackError as error:
        raise _ended(error, VOID) from error
    except KeyboardInterrupt as error:
        raise _ended(_kept(folder), INTERRUPTED) from error
    shown = with_baseline(order.run_folder, record)
    print_summary(record, console, shown)
    console.print(f"Page: {order.run_folder / publication.PAGE_NAME}", soft_wrap=True)
    code = EXIT_CODES[whole_verdict(record, shown)]
    raise typer.Exit(DOES_NOT_HOLD if strict and code else code)


def _order(asked: RunOptions, target: str | None, resume: Path | None) -> RunPlan | TargetOrder:
    if target is not None:
        return target_order(asked, target)
    return sweep_order(asked) if resume is None else sweep_order(resumed(resume), resume)


def _kept(folder: Path | None) -> str:
    said = "Interrupted; the stack is stopped, nothing is published."
    if folder is None or not (folder / ASKED_NAME).exists():
        return said
    return f"{said} Go on with: python -m loadtests --resume {folder}"


def _run(order: RunPlan | TargetOrder, console: Console) -> LoadRun:
    with Display(console, lengths_s=order.lengths_s) as display:
        if isinstance(order, TargetOrder):
            return run_target(order, display)
        for note in order.notes:
            display.note(note)
        return run(order, display)


def _ended(said: object, code: int) -> typer.Exit:
    typer.echo(visible(str(said)), err=True)
    return typer.Exit(code)


def _interrupted(number: int, frame: FrameType | None) -> None:
    _ = number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    app(prog_name="python -m loadtests")
