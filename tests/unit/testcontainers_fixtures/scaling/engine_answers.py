"""Answers of engines in the shape in which they write them, by the command that was run."""

import json
from collections.abc import Mapping
from typing import Any, cast

from testcontainers_fixtures.scaling.command_runs import CommandRuns, ScalingError
from testcontainers_fixtures.scaling.scaling_commands import ScalingCommand


class Answers:
    """Stands in for `CommandRuns`: the answer of the first key that a command line has in it.

    An answer that is an error is raised.
    """

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.known = known

    def read(self, command: ScalingCommand, *, within_s: float | None = None) -> str:
        del within_s
        answer = next((one for key, one in self.known.items() if key in str(command)), None)
        if answer is None:
            raise ScalingError(f"Expected `{command}` to end with 0; it ended with 1.")
        if isinstance(answer, ScalingError):
            raise answer
        return answer if isinstance(answer, str) else json.dumps(answer)


def answering(known: Mapping[str, Any]) -> CommandRuns:
    """Return what answers so."""
    return cast("CommandRuns", Answers(known))
