"""The command `python -m loadtests worker`: has this machine send load for a run elsewhere."""

import signal
import socket
from dataclasses import dataclass
from types import FrameType
from typing import Annotated, Final

import typer

from loadtests.command.expected_workers import secret_variable
from loadtests.command.worker_options import MOST_PORT, MOST_WORKERS, SecretEnv
from loadtests.plan.load_workers import DEFAULT_PORT, LOOPBACK
from loadtests.sweep.load_process import LoadFailedError
from loadtests.sweep.machines.worker_processes import (
    DEFAULT_WAIT_S,
    WorkerOrder,
    WorkersAloneError,
    serve,
)
from reports.record.number_formats import visible
from testcontainers_fixtures.command_options import application, taking
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.output.exit_codes import ExitCode

COMMAND: Final = "worker"

app = application()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """The options as they were given."""

    master_host: Annotated[
        str, typer.Option(metavar="HOST", help="Where the run is: a name or an address.")
    ] = LOOPBACK
    master_port: Annotated[
        int, typer.Option(min=1, max=MOST_PORT, metavar="PORT", help="Its --master-bind-port.")
    ] = DEFAULT_PORT
    processes: Annotated[
        int,
        typer.Option(
            min=1, max=MOST_WORKERS, help="Workers of this machine, at most one for each core."
        ),
    ] = 1
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="What the run calls them.", show_default="this host's name"
        ),
    ] = None
    max_wait: Annotated[
        float,
        typer.Option(
            min=1, max=86_400, metavar="S", help="Seconds without word from a run before it ends."
        ),
    ] = DEFAULT_WAIT_S
    secret_env: SecretEnv = None


@app.command(COMMAND)
@taking(WorkerOptions)
def worker(given: WorkerOptions) -> None:
    """Send load for a run on another machine, through all its trials.

    The run is started there with --expect-workers N, and tells this machine everything that is
    sent, keys and passwords included. Nothing is kept here. Ends when the run is over, and leaves
    nothing after Ctrl-C.

    Exit codes: 0 the run is over, 1 no run was heard of, or no worker process starts; 2 bad input,
    or the run refuses this worker (another version of this package, another secret).
    """
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        order = WorkerOrder(
            host=_reachable(given.master_host),
            port=given.master_port,
            processes=given.processes,
            name=given.name or socket.gethostname(),
            within_s=given.max_wait,
            secret_env=secret_variable(given.secret_env),
        )
        serve(order, typer.echo)
    except SpecError as error:
        raise _ended(str(error), ExitCode.BAD_INPUT) from error
    except (WorkersAloneError, LoadFailedError) as error:
        raise _ended(str(error), ExitCode.DOES_NOT_HOLD) from error
    except KeyboardInterrupt as error:
        raise _ended(
            "Interrupted; this machine takes no part any more.", ExitCode.INTERRUPTED
        ) from error
    typer.echo("The run is over.")


def _reachable(host: str) -> str:
    """Return a host that has an address; raise SpecError for one that nobody knows."""
    try:
        socket.getaddrinfo(host, None, family=socket.AF_INET)
    except OSError as error:
        raise SpecError(
            f"--master-host takes a name or an IPv4 address; of {host!r} is said: "
            f"{str(error.strerror or error).lower()}."
        ) from error
    return host


def _ended(said: str, code: int) -> typer.Exit:
    typer.echo(visible(said), err=True)
    return typer.Exit(code)


def _interrupted(number: int, frame: FrameType | None) -> None:
    _ = number, frame
    raise KeyboardInterrupt
