"""Holds a stack until Ctrl-C: `python -m testcontainers_fixtures`, or `nox -s stack`."""

import signal
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from testcontainers_fixtures.errors import MissingNeedError, SpecError, StackError
from testcontainers_fixtures.stack import CopyCounts, Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file
from testcontainers_fixtures.temporary_folders import scratch

BAD_INPUT = 2
FAILED = 1

# Standard output is for the answer alone, so that `--json` can be piped.
progress = Console(stderr=True)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def hold(  # noqa: PLR0913, PLR0917 -- one option each, which Typer fills by name
    stack: Annotated[Path, typer.Option(help="What to run: a stack file (TOML).")] = Path(
        "system/stack.toml"
    ),
    engine: Annotated[
        str | None, typer.Option(help="containers or processes; without it, what is there.")
    ] = None,
    resolvers: Annotated[int, typer.Option(min=1, help="Resolver copies.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Workers of each service.")] = 1,
    gateway_workers: Annotated[int, typer.Option(min=1, help="Workers of the gateway.")] = 1,
    prefetch: Annotated[int, typer.Option(min=1, help="Calls a resolver holds at most.")] = 32,
    seeded: Annotated[bool, typer.Option(help="Put the stack file's rows in.")] = True,  # noqa: FBT002 -- Typer's way to say --seeded/--no-seeded
    json: Annotated[bool, typer.Option("--json", help="Print one JSON line.")] = False,  # noqa: FBT002 -- a flag
    run_folder: Annotated[
        Path | None,
        typer.Option(help="Where logs are kept; without it they go with the stack."),
    ] = None,
) -> None:
    """Start the whole system, print where it is, and hold it until Ctrl-C."""
    configuration = CopyCounts(
        resolvers=resolvers,
        service_workers=workers,
        gateway_workers=gateway_workers,
        prefetch=prefetch,
    )
    spec = read_stack_file(stack)
    with (
        nullcontext(run_folder) if run_folder else scratch("stack") as folder,
        start_stack(
            spec,
            run_folder=folder,
            engine=engine,
            configuration=configuration,
            seeded=seeded,
            on_event=progress.print,
        ) as running,
    ):
        _show(running, as_json=json)
        _until_asked_to_end()


def _show(stack: Stack, *, as_json: bool) -> None:
    found = _addresses(stack)
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        sys.stdout.flush()
        return
    table = Table(title=f"{stack.spec.name} on {stack.engine}", show_header=False)
    for what in ("gateway", "services", "twins", "amqp", "management"):
        value = found[what]
        lines = value.items() if isinstance(value, dict) else [("", value)]
        for name, url in lines:
            table.add_row(f"{what} {name}".strip(), str(url))
    table.add_row("ready", ", ".join(f"{k} {v:.1f} s" for k, v in stack.ready_s.items()))
    table.add_row("logs", str(stack.run_folder / "logs"))
    Console().print(table)
    progress.print("Ctrl-C ends it.")


def _addresses(stack: Stack) -> dict[str, object]:
    return {
        "gateway": stack.gateway,
        "services": stack.services,
        "twins": stack.twins,
        "amqp": stack.amqp,
        "management": stack.management,
        "engine": stack.engine,
        "ready_s": {name: round(seconds, 3) for name, seconds in stack.ready_s.items()},
    }


def _until_asked_to_end() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()


def main() -> None:
    """Run the command line: 0 held and ended, 1 failed, 2 bad input or something is missing."""
    # A SIGTERM while the stack starts must end it as Ctrl-C does, and a Ctrl-C even where a shell
    # without job control has started us in the background, with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        app()
    except (SpecError, MissingNeedError) as error:
        progress.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(BAD_INPUT)
    except StackError as error:
        progress.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
