"""The subcommands: known by name, module and summary, and imported once one of them is typed."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

# As the exit codes of every command have it, which would have to be imported for this one.
BAD_INPUT: Final = 2
_RUNS: Final = "Run a system"
_RECORDS: Final = "Read what was kept"
_PROJECT: Final = "In a project of your own"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCommand:
    """A subcommand that is not imported yet: where its Typer application is, and what it takes.

    `within` is the application's own command where it has several; `extra` installs its needs.
    """

    name: str
    module: str
    summary: str
    panel: str
    extra: str = ""
    within: str = ""

    def imported(self) -> Any:  # noqa: ANN401 -- a command of Typer's, whose type is no part of its interface
        """Import and return the command; end with a sentence where a package of its is missing."""
        try:
            app = import_module(self.module).app
        except ModuleNotFoundError as error:
            raise _without(error, self) from error
        command = typer.main.get_command(app)
        return command.commands[self.within] if self.within else command  # type: ignore[attr-defined] # a group's


COMMANDS: Final = (
    LateCommand(
        name="contract",
        module="contract_tests.command.contract_run",
        summary="Hold a gateway that is up to what its services publish.",
        panel=_RUNS,
        extra="contract",
    ),
    LateCommand(
        name="drift",
        module="contract_tests.command.drift_comparison",
        summary="Hold OpenAPI documents against each other, with nothing running.",
        panel=_RECORDS,
        extra="contract",
    ),
    LateCommand(
        name="e2e",
        module="contract_tests.command.end_to_end",
        summary="Start a system, fuzz its gateway against its services, and break its parts.",
        panel=_RUNS,
        extra="contract",
    ),
    LateCommand(
        name="load",
        module="loadtests.__main__",
        summary="Measure how many requests a gateway carries, and how fast it answers.",
        panel=_RUNS,
        extra="load",
    ),
    LateCommand(
        name="worker",
        module="loadtests.command.worker_command",
        summary="Send load for a load run on another machine.",
        panel=_RUNS,
        extra="load",
    ),
    LateCommand(
        name="scenario",
        module="loadtests.command.scenario_command",
        summary="Write traffic for an OpenAPI document, as TOML to edit.",
        panel=_RECORDS,
        extra="load",
    ),
    LateCommand(
        name="faults",
        module="contract_tests.faults.__main__",
        summary="Break a system in every way known, and account for every call.",
        panel=_RUNS,
        extra="contract",
    ),
    LateCommand(
        name="stack",
        module="testcontainers_fixtures.__main__",
        summary="Start a system, print where it is, and hold it until Ctrl-C.",
        panel=_RUNS,
    ),
    LateCommand(
        name="mutants",
        module="contract_tests.mutants.__main__",
        summary="Put defects into the reference system, and see whether the suite finds them.",
        panel=_RUNS,
        extra="all",
    ),
    LateCommand(
        name="transports",
        module="loadtests.transports.__main__",
        summary="Measure other ways of asking over RabbitMQ, side by side.",
        panel=_RUNS,
        extra="transports",
    ),
    LateCommand(
        name="report",
        module="reports.__main__",
        summary="Build pages from stored records, show a run, keep one to compare with.",
        panel=_RECORDS,
        extra="report",
    ),
    LateCommand(
        name="compare",
        module="reports.__main__",
        summary="Hold a load run against an earlier one, figure by figure.",
        panel=_RECORDS,
        extra="report",
        within="compare",
    ),
    LateCommand(
        name="comment",
        module="gatewaybench.comment_command",
        summary="Put a run's summary on a pull request of GitHub's, in place of the last one.",
        panel=_RECORDS,
    ),
    LateCommand(
        name="init",
        module="gatewaybench.initial_stack_file",
        summary="Write a stack file to start from.",
        panel=_PROJECT,
    ),
    LateCommand(
        name="doctor",
        module="gatewaybench.doctor",
        summary="Say what would be used here, what is missing, and what mends it.",
        panel=_PROJECT,
    ),
    LateCommand(
        name="schema",
        module="gatewaybench.stack_file_schema",
        summary="Print the JSON Schema of a stack file.",
        panel=_PROJECT,
    ),
)
BY_NAME: Final = {one.name: one for one in COMMANDS}


class LateGroup(TyperGroup):
    """A group whose commands are imported as they are typed; its help knows their summaries."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 -- as Typer's own
        """Return the command that was typed, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        late = BY_NAME.get(name or "")
        return name, late.imported() if late else command, rest


def _without(error: ModuleNotFoundError, command: LateCommand) -> typer.Exit:
    typer.echo(
        f"gatewaybench {command.name} needs the package {error.name!r}, which is not installed: "
        f"pip install 'gatewaybench[{command.extra or 'all'}]'.",
        err=True,
    )
    return typer.Exit(BAD_INPUT)
