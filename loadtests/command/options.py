"""The options of the load tests' command line: each declared once, with help and default."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import typer

from loadtests.command.worker_options import (
    ExpectWorkers,
    ExpectWorkersMaxWait,
    MasterBindHost,
    MasterBindPort,
    SecretEnv,
)
from loadtests.plan.load_workers import DEFAULT_PORT, DEFAULT_WAIT_S, LOOPBACK
from loadtests.sweep import axes
from reports import publication
from testcontainers_fixtures.command_options import Site, Strict, Tolerant
from testcontainers_fixtures.http_client import trust
from testcontainers_fixtures.project.reference_system import SHOWN

MEASURE: Final = "Measure a stack"
HOW: Final = "How it is measured"
CHOOSE: Final = "Choose what is measured"
NEED: Final = "Ask how many are needed"
HOLD: Final = "Hold it to something"
TARGET: Final = "Target: a server that is already up"
FIGURES: Final = "Where the figures go"
REPEAT: Final = "Repeat an earlier run"
# Largest rate, in requests a second, that anybody may ask for.
MOST_PER_S: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options as they were given; None where one was left out."""

    command: str = ""
    stack: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The stack file of the system to load; with --target only its telemetry is used.",
            show_default=SHOWN,
            rich_help_panel=MEASURE,
        ),
    ] = None
    resolvers: Annotated[
        str | None,
        typer.Option(
            metavar="N,N",
            help="Numbers of RPC resolvers to measure. (default: 1,2)",
            rich_help_panel=MEASURE,
        ),
    ] = None
    workers: Annotated[
        str | None,
        typer.Option(
            metavar="N,N",
            help=f"Numbers of workers of each service. (default: {axes.DEFAULT_COPIES})",
            rich_help_panel=MEASURE,
        ),
    ] = None
    copies: Annotated[
        list[str],
        typer.Option(
            metavar="PART=N,N",
            help="Copies of one part, such as --copies tags=1,2; may be repeated.",
            rich_help_panel=MEASURE,
        ),
    ] = field(default_factory=list)
    gateway_workers: Annotated[
        str | None,
        typer.Option(
            metavar="N,N",
            help="Numbers of gateway workers. (default: what the stack file says, else 1)",
            rich_help_panel=MEASURE,
        ),
    ] = None
    prefetch: Annotated[
        str | None,
        typer.Option(
            metavar="N,N",
            help="Calls that a resolver takes from the queue at once. "
            f"(default: {axes.DEFAULT_PREFETCH})",
            rich_help_panel=MEASURE,
        ),
    ] = None
    scenarios: Annotated[
        list[str],
        typer.Option(
            "--scenario",
            metavar="NAME",
            help="A traffic mix of the stack file; may be repeated.",
            rich_help_panel=MEASURE,
        ),
    ] = field(default_factory=list)
    users: Annotated[
        Path | None,
        typer.Option(
            "--users",
            metavar="FILE",
            help="Send what locust's user classes in this Python file do, to a stack or a "
            "--target: their tasks arrive by weight, and count from when they were due.",
            rich_help_panel=MEASURE,
        ),
    ] = None
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What runs the stack: containers or processes. (default: what is there)",
            rich_help_panel=MEASURE,
        ),
    ] = None
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Print every command by which a stack that is attached to would be scaled, and "
            "run none.",
            rich_help_panel=MEASURE,
        ),
    ] = False
    duration_s: Annotated[
        float | None,
        typer.Option(
            "--duration",
            min=1,
            max=3_600,
            help="Seconds of each open phase at least; longer where a p99 needs more samples.",
            rich_help_panel=HOW,
        ),
    ] = None
    repetitions: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100,
            help="How often each configuration is measured anew. (default: 5; with --target-rate "
            "3; with --until-ci 20 at most; with --quick 1)",
            rich_help_panel=HOW,
        ),
    ] = None
    until_ci: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE",
            help="Repeat until the 95 % intervals of p50 and throughput are so narrow, such as 5%.",
            rich_help_panel=HOW,
        ),
    ] = None
    seed: Annotated[
        int,
        typer.Option(
            help="Decides arrivals, calls and order: equal seeds, equal traffic.",
            rich_help_panel=HOW,
        ),
    ] = 1
    arrivals: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help="How the open phases' requests are spread: poisson, constant, ramp:50-300, "
            "steps:50,100,200, spike:100-400@5+2 or replay:FILE.",
            rich_help_panel=HOW,
        ),
    ] = "poisson"
    generators: Annotated[
        int,
        typer.Option(
            min=1,
            max=64,
            help="Load processes that share the traffic; more only where one cannot send it.",
            rich_help_panel=HOW,
        ),
    ] = 1
    pin: Annotated[
        bool,
        typer.Option(
            "--pin/--no-pin",
            help="Give the generator a core of its own, and the stack the others.",
            rich_help_panel=HOW,
        ),
    ] = False
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Only the smallest and the largest configuration, once, and shorter.",
            rich_help_panel=CHOOSE,
        ),
    ] = False
    search: Annotated[
        bool,
        typer.Option(
            "--search",
            help="Measure as few of the configurations as it takes to find the best.",
            rich_help_panel=CHOOSE,
        ),
    ] = False
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="10m",
            help="Time for the whole run: what does not fit is left out, and named.",
            rich_help_panel=CHOOSE,
        ),
    ] = None
    target_rate_per_s: Annotated[
        float | None,
        typer.Option(
            "--target-rate",
            min=0.1,
            max=MOST_PER_S,
            metavar="PER_S",
            help="Find the cheapest configuration that carries so many requests/s, of up to twice "
            "the largest numbers above, and run it.",
            rich_help_panel=NEED,
        ),
    ] = None
    slo_p99_ms: Annotated[
        float | None,
        typer.Option(
            min=1,
            max=60_000,
            metavar="MS",
            help="The p99 of the response time that --target-rate or --search-rate must keep.",
            rich_help_panel=NEED,
        ),
    ] = None
    slo: Annotated[
        list[str],
        typer.Option(
            "--slo",
            metavar="'p99<50ms'",
            help="What every configuration is held to, at the common rate (a --target at its own): "
            "a percentile, failed<0.1% or throughput>200/s, of one call as 'GET /x:p90<20ms'; may "
            "be repeated.",
            rich_help_panel=HOLD,
        ),
    ] = field(default_factory=list)
    spare: Annotated[
        int,
        typer.Option(
            min=0, max=8, help="Parts of one kind that may be lost meanwhile.", rich_help_panel=NEED
        ),
    ] = 0
    cost: Annotated[
        str | None,
        typer.Option(
            metavar="resolver=1,worker=0.5",
            help="What one more of each costs; gateway= too, and parts that --copies names. "
            "(default: 1 each)",
            rich_help_panel=NEED,
        ),
    ] = None
    search_rate: Annotated[
        bool,
        typer.Option(
            "--search-rate",
            help="Find the highest rate at which each configuration keeps --slo-p99-ms.",
            rich_help_panel=NEED,
        ),
    ] = False
    target: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Measure this server, starting nothing: one open phase at --rate.",
            rich_help_panel=TARGET,
        ),
    ] = None
    ca_file: Annotated[
        str | None,
        typer.Option(
            trust.OPTION,
            metavar="FILE",
            help="Whose certificates to trust of what is reached over https, not the machine's.",
            rich_help_panel=TARGET,
        ),
    ] = None
    requests: Annotated[
        list[str],
        typer.Option(
            "--request",
            metavar="'GET /x'",
            help="What to ask it; may be repeated.",
            rich_help_panel=TARGET,
        ),
    ] = field(default_factory=list)
    headers: Annotated[
        list[str],
        typer.Option(
            "--header",
            metavar="'X-Key: {secrets.KEY}'",
            help="A header of every request; KEY is an environment variable. May be repeated.",
            rich_help_panel=TARGET,
        ),
    ] = field(default_factory=list)
    login: Annotated[
        Path | None,
        typer.Option(
            "--login",
            metavar="FILE",
            help="How its users log in: the keys of a stack file's [login].",
            rich_help_panel=TARGET,
        ),
    ] = None
    requests_file: Annotated[
        Path | None,
        typer.Option(
            "--requests",
            metavar="FILE",
            help="What to ask it, with weights and bodies: [[calls]] as in a stack file.",
            rich_help_panel=TARGET,
        ),
    ] = None
    rate_per_s: Annotated[
        float | None,
        typer.Option(
            "--rate",
            min=0.1,
            max=MOST_PER_S,
            help="Requests per second to send; with --users tasks. (default: 100)",
            rich_help_panel=TARGET,
        ),
    ] = None
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Measure what this load run measured, at its rates, and say what became better or "
            "worse; a run's folder, a record, or a name in reports/reference.",
            rich_help_panel=REPEAT,
        ),
    ] = None
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Go on with an interrupted run, with its options; its --budget counts anew.",
            rich_help_panel=REPEAT,
        ),
    ] = None
    out: Annotated[
        list[str],
        typer.Option(
            "--out",
            metavar="KIND=FILE",
            help="Write the figures for other tools too: csv=FILE has a line a request, "
            "openmetrics=FILE what Prometheus reads; may be repeated.",
            rich_help_panel=FIGURES,
        ),
    ] = field(default_factory=list)
    otlp: Annotated[
        str | None,
        typer.Option(
            "--otlp",
            metavar="URL",
            help="Send the figures, and spans of the slowest requests, what went wrong and a "
            "hundredth of the rest, to this OpenTelemetry collector (OTLP over HTTP).",
            rich_help_panel=FIGURES,
        ),
    ] = None
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="Show the run while it goes as a page on this machine, whose address is printed.",
            rich_help_panel=FIGURES,
        ),
    ] = False
    expect_workers: ExpectWorkers = None
    expect_workers_max_wait_s: ExpectWorkersMaxWait = DEFAULT_WAIT_S
    master_bind_host: MasterBindHost = LOOPBACK
    master_bind_port: MasterBindPort = DEFAULT_PORT
    secret_env: SecretEnv = None
    site: Site = publication.SITE
    strict: Strict = False
    tolerant: Tolerant = False
