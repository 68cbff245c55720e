"""A command whose options have the project's settings where nothing was typed."""

from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.project.project_settings import found_settings


class ConfiguredCommand(TyperCommand):
    """Knows its own settings by the name it is declared with: `@app.command(NAME, cls=...)`."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: Any = None,  # noqa: ANN401 -- as Typer's own, whose type is none of its interface
        **extra: Any,  # noqa: ANN401 -- as Typer's own
    ) -> Any:  # noqa: ANN401 -- as Typer's own
        """Have the settings stand in place of the options' own defaults."""
        extra["default_map"] = configured(self.name or "", {one.name or "" for one in self.params})
        return super().make_context(info_name, args, parent, **extra)


def configured(command: str, options: set[str]) -> dict[str, Any]:
    """Return a project's settings for the options of a command; end it where they are unusable."""
    try:
        found = found_settings(Path.cwd()).of_command(command)
    except SpecError as error:
        typer.echo(error, err=True)
        raise typer.Exit(ExitCode.BAD_INPUT) from error
    return {name: value for name, value in found.items() if name in options}
