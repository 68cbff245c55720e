"""The options of the load tests' command line, each with its help."""

from pathlib import Path
from typing import Annotated

import typer

from testcontainers_fixtures.http_client import trust

STACK = "The stack"
HOW = "How to measure"
UP = "A server that is already up"
NEED = "How many are needed"

Stack = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The stack file of the system to load; with --target only its telemetry is used.",
        show_default="system/stack.toml",
        rich_help_panel=STACK,
    ),
]
Resolvers = Annotated[
    str | None,
    typer.Option(
        metavar="N,N",
        help="Numbers of RPC resolvers to measure. (default: 1,2)",
        rich_help_panel=STACK,
    ),
]
Workers = Annotated[
    str,
    typer.Option(metavar="N,N", help="Numbers of workers of each service.", rich_help_panel=STACK),
]
GatewayWorkers = Annotated[
    str,
    typer.Option(metavar="N,N", help="Numbers of gateway workers.", rich_help_panel=STACK),
]
Prefetch = Annotated[
    str,
    typer.Option(
        metavar="N,N",
        help="Calls that a resolver takes from the queue at once.",
        rich_help_panel=STACK,
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario",
        metavar="NAME",
        help="A traffic mix of the stack file; may be repeated.",
        rich_help_panel=STACK,
    ),
]
EngineName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What runs the stack: containers or processes. (default: what is there)",
        rich_help_panel=STACK,
    ),
]
Duration = Annotated[
    float | None,
    typer.Option(
        min=1,
        max=3_600,
        help="Seconds of each open phase at least; longer where a p99 needs more samples.",
        rich_help_panel=HOW,
    ),
]
Repetitions = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=100,
        help="How often each configuration is measured anew. (default: 5; with --target-rate 3; "
        "with --until-ci 20 at most; with --quick 1)",
        rich_help_panel=HOW,
    ),
]
UntilCi = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE",
        help="Repeat until the 95 % intervals of p50 and throughput are so narrow, such as 5%.",
        rich_help_panel=HOW,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        help="Decides arrivals, calls and order: equal seeds, equal traffic.", rich_help_panel=HOW
    ),
]
Spread = Annotated[
    str,
    typer.Option(
        metavar="KIND",
        help="How the open phases' requests are spread: poisson, constant, ramp:50-300, "
        "steps:50,100,200, spike:100-400@5+2 or replay:FILE.",
        rich_help_panel=HOW,
    ),
]
Generators = Annotated[
    int,
    typer.Option(
        min=1,
        max=64,
        help="Load processes that share the traffic; more only where one cannot send it.",
        rich_help_panel=HOW,
    ),
]
Pin = Annotated[
    bool,
    typer.Option(
        "--pin/--no-pin",
        help="Give the generator a core of its own, and the stack the others.",
        rich_help_panel=HOW,
    ),
]
Quick = Annotated[
    bool,
    typer.Option(
        "--quick",
        help="Only the smallest and the largest configuration, once, and shorter.",
        rich_help_panel=HOW,
    ),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Leave with 1 where nothing can be said.", rich_help_panel=HOW),
]
Site = Annotated[
    Path,
    typer.Option(
        metavar="FOLDER",
        help="Where pages and records are kept.",
        show_default="reports/site",
        rich_help_panel=HOW,
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Measure this server, starting nothing: one open phase at --rate.",
        rich_help_panel=UP,
    ),
]
CaFile = Annotated[
    str | None,
    typer.Option(
        trust.OPTION,
        metavar="FILE",
        help="Whose certificates to trust of a --target over https, in place of the machine's.",
        rich_help_panel=UP,
    ),
]
Request = Annotated[
    list[str] | None,
    typer.Option(metavar="'GET /x'", help="What to ask it; may be repeated.", rich_help_panel=UP),
]
Requests = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="What to ask it, with weights and bodies: [[calls]] as in a stack file.",
        rich_help_panel=UP,
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(
        min=0.1, max=100_000, help="Requests per second to send. (default: 100)", rich_help_panel=UP
    ),
]
TargetRate = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        max=100_000,
        metavar="PER_S",
        help="Find the cheapest configuration that carries so many requests/s, of up to twice the "
        "largest numbers above, and run it.",
        rich_help_panel=NEED,
    ),
]
SloP99 = Annotated[
    float | None,
    typer.Option(
        "--slo-p99-ms",
        min=1,
        max=60_000,
        metavar="MS",
        help="The p99 of the response time that must be kept.",
        rich_help_panel=NEED,
    ),
]
Spare = Annotated[
    int,
    typer.Option(
        min=0, max=8, help="Parts of one kind that may be lost meanwhile.", rich_help_panel=NEED
    ),
]
Cost = Annotated[
    str | None,
    typer.Option(
        metavar="resolver=1,worker=0.5",
        help="What one more of each costs; gateway= too. (default: 1 each)",
        rich_help_panel=NEED,
    ),
]
SearchRate = Annotated[
    bool,
    typer.Option(
        "--search-rate",
        help="Find the highest rate at which each configuration keeps --slo-p99-ms.",
        rich_help_panel=NEED,
    ),
]
Search = Annotated[
    bool,
    typer.Option(
        "--search",
        help="Measure as few of the configurations as it takes to find the best.",
        rich_help_panel=NEED,
    ),
]
BudgetLength = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="10m",
        help="Time for the whole run: what does not fit is left out, and named.",
        rich_help_panel=HOW,
    ),
]
Resume = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Go on with an interrupted run, with its options; its --budget counts anew.",
        rich_help_panel=HOW,
    ),
]
Baseline = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Measure what this load run measured, at its rates, and say what became better or "
        "worse; a run's folder, a record, or a name in reports/reference.",
        rich_help_panel=HOW,
    ),
]
