"""Holds a stack until Ctrl-C: `python -m testcontainers_fixtures`, or `nox -s stack`."""

import signal
import sys
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from testcontainers_fixtures.command_options import application, engine_name, stack_file, taking
from testcontainers_fixtures.errors import MissingNeedError, SpecError, StackError
from testcontainers_fixtures.folders.temporary_folders import scratch
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.part_copies import part_copies
from testcontainers_fixtures.project import reference_system
from testcontainers_fixtures.project.configured_command import ConfiguredCommand
from testcontainers_fixtures.stack import CopyCounts, Stack, start_stack
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

# Standard output is for the answer alone, so that `--json` can be piped.
progress = Console(stderr=True)
app = application()


LOOK_EVERY_S: Final = 0.5
SYSTEM: Final = "What runs"
COPIES: Final = "How many of each"
SAID: Final = "(default: as the stack file says)"
SHOWN: Final = "What is shown and kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    """The options as they were given."""

    stack: Annotated[Path, stack_file(SYSTEM)] = reference_system.STACK_FILE
    engine: Annotated[str | None, engine_name(SYSTEM)] = None
    seeded: Annotated[
        bool,
        typer.Option(
            "--seeded/--no-seeded", help="Put the stack file's rows in.", rich_help_panel=SYSTEM
        ),
    ] = True
    resolvers: Annotated[
        int | None, typer.Option(min=1, help=f"Resolver copies. {SAID}", rich_help_panel=COPIES)
    ] = None
    workers: Annotated[
        int | None,
        typer.Option(min=1, help=f"Workers of each service. {SAID}", rich_help_panel=COPIES),
    ] = None
    gateway_workers: Annotated[
        int | None,
        typer.Option(min=1, help=f"Workers of the gateway. {SAID}", rich_help_panel=COPIES),
    ] = None
    copies: Annotated[
        list[str],
        typer.Option(
            metavar="PART=N", help="Copies of one part; may be repeated.", rich_help_panel=COPIES
        ),
    ] = field(default_factory=list)
    prefetch: Annotated[
        int, typer.Option(min=1, help="Calls a resolver holds at most.", rich_help_panel=COPIES)
    ] = 32
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line.", rich_help_panel=SHOWN)
    ] = False
    run_folder: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where logs are kept; without it they go with the stack.",
            rich_help_panel=SHOWN,
        ),
    ] = None


@app.command("stack", cls=ConfiguredCommand)
@taking(StackOptions)
def hold(given: StackOptions) -> None:
    """Start the whole system, print where it is, and hold it until Ctrl-C.

    Exit codes: 0 held and ended, 1 it did not start, 2 bad input or something is missing.
    """
    # A SIGTERM while the stack starts must end it as Ctrl-C does, and a Ctrl-C even where a shell
    # without job control has started us in the background, with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        _hold(given)
    except (SpecError, MissingNeedError) as error:
        raise _ended(error, ExitCode.BAD_INPUT) from error
    except StackError as error:
        raise _ended(error, ExitCode.DOES_NOT_HOLD) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(ExitCode.INTERRUPTED) from error


def _ended(error: StackError, code: ExitCode) -> typer.Exit:
    progress.print(str(error), style="red", markup=False, soft_wrap=True)
    return typer.Exit(code)


def _hold(given: StackOptions) -> None:
    spec = read_stack_file(given.stack)
    with (
        nullcontext(given.run_folder) if given.run_folder else scratch("stack") as folder,
        start_stack(
            spec,
            run_folder=folder,
            engine=given.engine,
            configuration=_copies(given, spec),
            seeded=given.seeded,
            on_event=_say,
        ) as running,
    ):
        asked = _asked_to_end()
        _show(running, as_json=given.json)
        _hold_until(asked, running)


def _copies(given: StackOptions, spec: StackSpec) -> CopyCounts:
    of_parts = part_copies(given.copies, spec.parts)
    if several := [name for name, numbers in of_parts.items() if len(numbers) > 1]:
        raise SpecError(f"--copies takes one number a part here; several for {several[0]!r}.")
    return CopyCounts(
        resolvers=given.resolvers or 0,
        service_workers=given.workers or 0,
        gateway_workers=given.gateway_workers or 0,
        prefetch=given.prefetch,
        of_parts=tuple((name, copies) for name, [copies] in of_parts.items()),
    )


def _say(sentence: str) -> None:
    """Print what happens as it is: what stands in brackets there is a section's name."""
    progress.print(sentence, markup=False, soft_wrap=True)


def _show(stack: Stack, *, as_json: bool) -> None:
    found = _addresses(stack)
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        sys.stdout.flush()
        return
    table = Table(title=f"{stack.spec.name} on {stack.engine}", show_header=False)
    table.add_column(no_wrap=True)
    # A URL that is cut is none; one that goes on in the next line can still be seen.
    table.add_column(overflow="fold")
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


def _asked_to_end() -> SimpleQueue[int]:
    """Return what a Ctrl-C or a SIGTERM is put into from now on.

    A handler runs between any two steps of the main thread. An Event would be set there while that
    thread holds the Event's own lock, now and then, and neither would ever go on: a SimpleQueue is
    what the standard library has that may be put into from a handler.
    """
    asked: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: asked.put(number))
    return asked


def _hold_until(asked: SimpleQueue[int], stack: Stack) -> None:
    """Hold it, and tell of each part that ends by itself meanwhile."""
    told: set[str] = set()
    while not _is_asked(asked):
        ended = stack.ended()
        for name in ended.keys() - told:
            progress.print(ended[name], style="red", markup=False, soft_wrap=True)
        told = set(ended)  # one that was started again may end again


def _is_asked(asked: SimpleQueue[int]) -> bool:
    try:
        asked.get(timeout=LOOK_EVERY_S)
    except Empty:
        return False
    return True


if __name__ == "__main__":
    app(prog_name="python -m testcontainers_fixtures")
