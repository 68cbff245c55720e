"""Says what would be used where it is typed, and what is missing: `gatewaybench doctor`."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.markup import escape

from gatewaybench.examinations import Examination, State, examinations
from testcontainers_fixtures.command_options import application
from testcontainers_fixtures.output.exit_codes import ExitCode

MARKS: Final[dict[State, str]] = {
    "there": "[green]✓[/green]",
    "missing": "[red]✗[/red]",
    "optional": "[yellow]-[/yellow]",
}
app = application()
Stack = Annotated[Path | None, typer.Option(metavar="FILE", help="A stack file (TOML).")]
Engine = Annotated[str | None, typer.Option(metavar="NAME", help="containers or processes.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


@app.command("doctor")
def doctor(*, stack: Stack = None, engine: Engine = None, json: AsJson = False) -> None:
    """Say what engine, broker, Python, settings and stack file would be used, and what is missing.

    Nothing is started. Exit codes: 0 a system could be started, 2 something is missing for that.
    """
    found = list(examinations(stack, engine))
    if json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        _show(found)
    if any(one.state == "missing" for one in found):
        raise typer.Exit(ExitCode.BAD_INPUT)


def _show(found: list[Examination]) -> None:
    console = Console(highlight=False)
    for one in found:
        console.print(f"{MARKS[one.state]} {one.what}: {escape(one.found)}", soft_wrap=True)
        if one.mend:
            console.print(f"    {escape(one.mend)}", soft_wrap=True)
    if any(one.state == "missing" for one in found):
        console.print("What is marked ✗ keeps a system from being started here.")
