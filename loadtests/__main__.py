"""The command line of the load tests: what to measure, and what the exit code says of it."""

import shlex
import signal
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer
from msgspec.structs import replace
from rich.console import Console

from loadtests import scenarios, sweep
from loadtests.plan import Call, Timing
from loadtests.progress import Display
from loadtests.runner import Order, run
from loadtests.summary import print_summary
from reports import publication
from reports.record import LoadRun, RecordError
from reports.verdicts import EXIT_CODES, verdict
from testcontainers_fixtures.engines.choice import engine_name
from testcontainers_fixtures.errors import MissingNeed, SpecError, StackError
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

STACK_FILE: Final = Path(__file__).parent.parent / "system" / "stack.toml"
BAD_INPUT: Final = 2
VOID: Final = 3
DOES_NOT_HOLD: Final = 1
INTERRUPTED: Final = 130
DEFAULT_S: Final = Timing().open_s
# What a drive takes beside its phases: locust's start, and a closed loop of about seven levels.
_LOCUST_START_S: Final = 1.5
_USUAL_LEVELS: Final = 7

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Arrivals(StrEnum):
    """How the requests of an open loop are spread over time."""

    poisson = "poisson"
    constant = "constant"


Stack = Annotated[
    Path,
    typer.Option(
        metavar="FILE",
        help="The stack file of the system to load.",
        show_default="system/stack.toml",
    ),
]
Resolvers = Annotated[
    str | None,
    typer.Option(metavar="N,N", help="Numbers of RPC resolvers to measure. (default: 1,2)"),
]
Workers = Annotated[str, typer.Option(metavar="N,N", help="Numbers of workers of each service.")]
GatewayWorkers = Annotated[str, typer.Option(metavar="N,N", help="Numbers of gateway workers.")]
Prefetch = Annotated[
    str, typer.Option(metavar="N,N", help="Calls that a resolver takes from the queue at once.")
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario", metavar="NAME", help="A traffic mix of the stack file; may be repeated."
    ),
]
Duration = Annotated[
    float,
    typer.Option(
        min=1,
        max=3_600,
        help="Seconds of each open phase at least; longer where a p99 needs more samples.",
    ),
]
Repetitions = Annotated[
    int, typer.Option(min=1, max=100, help="How often each configuration is measured anew.")
]
Seed = Annotated[int, typer.Option(help="Decides arrivals and calls: equal seeds, equal traffic.")]
Spread = Annotated[Arrivals, typer.Option(help="How the open phases' requests are spread.")]
EngineName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What runs the stack: containers or processes. (default: what is there)",
    ),
]
Site = Annotated[
    Path,
    typer.Option(
        metavar="FOLDER", help="Where pages and records are kept.", show_default="reports/site"
    ),
]
Quick = Annotated[
    bool,
    typer.Option("--quick", help="Only the smallest and the largest configuration, and shorter."),
]

Strict = Annotated[bool, typer.Option("--strict", help="Leave with 1 where nothing can be said.")]


@app.command()
def load(  # noqa: PLR0913 -- one parameter an option, each by name
    *,
    stack: Stack = STACK_FILE,
    resolvers: Resolvers = None,
    workers: Workers = sweep.DEFAULT_COPIES,
    gateway_workers: GatewayWorkers = "1",
    prefetch: Prefetch = "32",
    scenario: Names = None,
    duration: Duration = DEFAULT_S,
    repetitions: Repetitions = 1,
    seed: Seed = 1,
    arrivals: Spread = Arrivals.poisson,
    engine: EngineName = None,
    site: Site = publication.SITE,
    quick: Quick = False,
    strict: Strict = False,
) -> None:
    """Measure how many requests a gateway carries, and how fast it answers, as its parts grow.

    Starts the stack, and for every combination of --resolvers and --workers finds what it carries,
    then offers one common rate to all of them and measures the response time of the whole and of
    the RPC hop. Ends with a table here and an HTML page. The default takes about 5 minutes.

    Exit codes: 0 holds, 1 too many requests failed, 2 bad input, 3 nothing can be said (1
    with --strict).
    """
    signal.signal(signal.SIGTERM, _interrupted)
    console = Console()
    try:
        spec = read_stack_file(stack)
        axes = sweep.Axes(
            resolvers=sweep.resolvers_axis(spec, resolvers),
            service_workers=sweep.numbers("--workers", workers),
            gateway_workers=sweep.numbers("--gateway-workers", gateway_workers),
            prefetch=sweep.numbers("--prefetch", prefetch, most=sweep.MOST_PREFETCH),
        )
        order = Order(
            spec=spec,
            scenarios=_scenarios(spec, scenario or ()),
            configurations=sweep.configurations(axes, quick=quick),
            repetitions=repetitions,
            arrivals=arrivals.value,
            seed=seed,
            timing=_timing(duration, quick=quick),
            engine=engine_name(engine),
            command=shlex.join(["python", "-m", "loadtests", *sys.argv[1:]]),
            run_folder=publication.new_run_folder("load", site),
            notes=(sweep.QUICK_NOTE,) if quick else (),
        )
        record = _run(order, console)
    except (SpecError, MissingNeed, RecordError) as error:
        raise _ended(error, BAD_INPUT) from error
    except StackError as error:
        raise _ended(error, VOID) from error
    except KeyboardInterrupt as error:
        raise _ended("Interrupted; the stack is stopped, nothing is published.", INTERRUPTED) from (
            error
        )
    print_summary(record, console)
    console.print(f"Page: {order.run_folder / publication.PAGE_NAME}", soft_wrap=True)
    code = EXIT_CODES[verdict(record)]
    raise typer.Exit(DOES_NOT_HOLD if strict and code else code)


def _run(order: Order, console: Console) -> LoadRun:
    timing = order.timing
    levels_s = _USUAL_LEVELS * (timing.settle_s + timing.level_s)
    drive_s = _LOCUST_START_S + timing.warm_up_s + levels_s + 2 * timing.open_s
    with Display(console, drives=order.drives, drive_s=drive_s) as display:
        for note in order.notes:
            display.note(note)
        return run(order, display)


def _scenarios(spec: StackSpec, names: Sequence[str]) -> dict[str, tuple[Call, ...]]:
    mixes = scenarios.chosen(spec, names)
    return {name: scenarios.calls_of(name, mix) for name, mix in mixes.items()}


def _timing(duration_s: float, *, quick: bool) -> Timing:
    timing = sweep.QUICK_TIMING if quick else Timing()
    if duration_s == DEFAULT_S:
        return timing
    stretch = timing.open_most_s / timing.open_s
    return replace(timing, open_s=duration_s, open_most_s=duration_s * stretch)


def _ended(said: object, code: int) -> typer.Exit:
    typer.echo(said, err=True)
    return typer.Exit(code)


def _interrupted(number: int, frame: FrameType | None) -> None:
    _ = number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    app(prog_name="python -m loadtests")
