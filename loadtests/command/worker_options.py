"""The options of load from several machines, in locust's words: on the run's side."""

from typing import Annotated, Final

import typer

from loadtests.plan.load_workers import DEFAULT_PORT, DEFAULT_WAIT_S, LOOPBACK

MACHINES: Final = "Load from several machines"
MOST_WORKERS: Final = 256
MOST_PORT: Final = 65_535

ExpectWorkers = Annotated[
    int | None,
    typer.Option(
        "--expect-workers",
        min=1,
        max=MOST_WORKERS,
        metavar="N",
        help="Have the load sent by at least so many workers (`worker` on other machines), which "
        "every trial waits for. What they load must have an address that they reach: workers of "
        "other machines cannot load what is on loopback, as a stack that is started here. Who "
        "leaves makes the phase under way void; those that remain go on while they are N: start "
        "more than N where one may be lost. With fewer that trial is void, and the next one waits "
        "again.",
        rich_help_panel=MACHINES,
    ),
]
ExpectWorkersMaxWait = Annotated[
    float,
    typer.Option(
        "--expect-workers-max-wait",
        min=1,
        max=86_400,
        metavar="S",
        help="Seconds that they are waited for, before the run and before each trial. "
        f"(default: {DEFAULT_WAIT_S:g})",
        show_default=False,
        rich_help_panel=MACHINES,
    ),
]
MasterBindHost = Annotated[
    str,
    typer.Option(
        "--master-bind-host",
        metavar="ADDRESS",
        help="The address of this machine that they come to. The channel is not encrypted, and "
        "without --secret-env whoever reaches it may join: another address than "
        f"{LOOPBACK} belongs on a network of your own.",
        rich_help_panel=MACHINES,
    ),
]
MasterBindPort = Annotated[
    int,
    typer.Option(
        "--master-bind-port",
        min=1,
        max=MOST_PORT,
        metavar="PORT",
        help=f"Its port. (default: {DEFAULT_PORT})",
        show_default=False,
        rich_help_panel=MACHINES,
    ),
]
SecretEnv = Annotated[
    str | None,
    typer.Option(
        "--secret-env",
        metavar="VARIABLE",
        help="The environment variable with a secret, the same on all machines: what they tell "
        "each other is then signed with it (HMAC-SHA256), and whoever has another is refused.",
        rich_help_panel=MACHINES,
    ),
]
