"""The command line `gatewaybench`, whose subcommands are those that `python -m ...` and nox run."""

from importlib.metadata import version
from typing import Annotated, Final

import typer

from gatewaybench import own_packages
from gatewaybench.late_commands import COMMANDS, LateCommand, LateGroup

NAME: Final = "gatewaybench"
app = typer.Typer(
    name=NAME,
    cls=LateGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _told(asked: bool) -> None:  # noqa: FBT001 -- as Typer calls it
    if asked:
        typer.echo(f"{NAME} {version(NAME)}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_told, is_eager=True, help="Print the version.")
]


@app.callback()
def gatewaybench(*, version: Version = False) -> None:
    """Test and benchmark API gateways that talk to their services over RabbitMQ RPC.

    Exit codes of every command: 0 holds, 1 does not hold, 2 bad input, 3 nothing can be said.
    """
    _ = version


def _offer(one: LateCommand) -> None:
    """Have a command in the help and in completions, which is imported once it is typed."""

    @app.command(one.name, help=one.summary, rich_help_panel=one.panel)
    def _stands_for() -> None: ...


for _one in COMMANDS:
    _offer(_one)


def main() -> None:
    """Run what was typed."""
    own_packages.come_first()
    app(prog_name=NAME)
