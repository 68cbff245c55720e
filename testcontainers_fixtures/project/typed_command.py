"""Which command somebody typed, so that a record and a hint name it as it can be typed again."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

NAME: Final = "gatewaybench"


def typed_command(module: str, process: Sequence[str] | None = None) -> list[str]:
    """Return the command that was typed; one that was no `gatewaybench` ran a module of ours."""
    words = list(sys.argv if process is None else process)
    if is_installed(words[0]):
        return [NAME, *words[1:]]
    return ["python", "-m", module, *words[1:]]


def is_installed(program: str) -> bool:
    """Tell whether a program is the installed command, run by its script or as a module."""
    path = Path(program)
    return NAME in {path.stem, path.parent.name} and path.suffix in {"", ".py"}


def command_of(module: str, command: str) -> list[str]:
    """Return how a command is to be typed here, without its options: as this one was."""
    return [NAME, command] if is_installed(sys.argv[0]) else ["python", "-m", module]
