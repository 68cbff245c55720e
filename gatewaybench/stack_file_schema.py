"""Prints the JSON Schema of a stack file: `gatewaybench schema`."""

from typing import Annotated

import typer

from testcontainers_fixtures.command_options import application
from testcontainers_fixtures.project.stack_schema import SCHEMA_FILE, schema_text

Write = Annotated[bool, typer.Option("--write", help="Write it into the package instead.")]
app = application()


@app.command("schema")
def print_schema(*, write: Write = False) -> None:
    """Print the JSON Schema of a stack file, by which editors complete and check one."""
    if write:
        SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    else:
        typer.echo(schema_text(), nl=False)
