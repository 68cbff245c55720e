"""Puts a text on the pull request that a job is about: `gatewaybench comment FILE`."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from gatewaybench.pull_requests import CommentError, PullRequest
from testcontainers_fixtures.command_options import application
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.output.exit_codes import ExitCode
from testcontainers_fixtures.output.workflow_commands import inert

API: Final = "https://api.github.com"
# Whom GitHub has write what a workflow's own token writes.
ITS_AUTHOR: Final = "github-actions[bot]"
_NEEDED: Final = ("GITHUB_REPOSITORY", "GITHUB_EVENT_PATH", "GITHUB_TOKEN")
app = application()
File = Annotated[
    Path,
    typer.Argument(help="The comment: what `gatewaybench report comment` printed, its mark first."),
]
Author = Annotated[
    str, typer.Option(metavar="LOGIN", help="Whose comment is written over: the token's account.")
]


@app.command("comment")
def comment(file: File, *, author: Author = ITS_AUTHOR) -> None:
    """Put a comment on the pull request of a GitHub job, in the place of that with the same mark.

    Which one it is the job's environment says: GITHUB_REPOSITORY, GITHUB_EVENT_PATH, GITHUB_TOKEN
    and GITHUB_API_URL. Exit codes: 0 it is there, 2 bad input, 3 GitHub did not let it be put up.
    """
    try:
        typer.echo(inert(_pull_request(os.environ, author).put(_text(file))))
    except SpecError as error:
        typer.echo(inert(str(error)), err=True)
        raise typer.Exit(ExitCode.BAD_INPUT) from error
    except CommentError as error:
        typer.echo(inert(str(error)), err=True)
        raise typer.Exit(ExitCode.UNKNOWN) from error


def _text(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SpecError(f"Expected a comment in {file}, which cannot be read: {error}.") from error
    if not text.startswith("<!-- gatewaybench: "):
        raise SpecError(
            f"Expected a comment whose first line is its mark in {file}; write one with: "
            f"gatewaybench report comment."
        )
    return text


def _pull_request(environment: Mapping[str, str], author: str) -> PullRequest:
    if missing := [one for one in _NEEDED if not environment.get(one)]:
        raise SpecError(
            f"Expected a job of GitHub Actions on a pull request; not set: {', '.join(missing)}."
        )
    return PullRequest(
        api=environment.get("GITHUB_API_URL") or API,
        repository=environment["GITHUB_REPOSITORY"],
        number=_number(Path(environment["GITHUB_EVENT_PATH"])),
        token=environment["GITHUB_TOKEN"],
        author=author,
    )


def _number(event: Path) -> int:
    try:
        told = json.loads(event.read_text(encoding="utf-8"))
        return int(told["pull_request"]["number"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SpecError(
            f"Expected the number of a pull request in {event}: this job is about none."
        ) from error
