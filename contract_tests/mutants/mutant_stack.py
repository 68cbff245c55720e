"""The stack on which one mutant after the other is tried; only what a mutant touched restarts."""

import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from msgspec.structs import replace

from testcontainers_fixtures.stack import Stack, StackError, start_stack
from testcontainers_fixtures.stack_spec import StackSpec

ROOT: Final = "contract_tests.mutants.mutant_launcher"


class MutantStack:
    """A running stack with at most one defect in it; a context manager.

    Whoever looks for the defect has the services start over where fresh data is needed.
    """

    def __init__(self, spec: StackSpec, run_folder: Path, engine: str | None) -> None:
        self._clean = spec
        self._run_folder = run_folder
        self._engine = engine
        self._open = ExitStack()
        self._mutated: str | None = None
        self.stack: Stack = self._started()

    def __repr__(self) -> str:
        """Show which part has a defect."""
        return f"<MutantStack {self._mutated or 'clean'}>"

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the stack."""
        self._open.close()

    def put_in(self, name: str, part: str) -> None:
        """Restart the part with the defect, and the one that had the defect before without it.

        Raises StackError where it does not come up; call `mend` then.
        """
        touched = {part, self._mutated} - {None}
        self._mutated = part
        self.stack.spec = with_defect(self._clean, name, part)
        self._again({one for one in touched if one is not None})

    def cure(self) -> None:
        """Restart the part that has the defect, if any, without it."""
        if self._mutated is not None:
            part, self._mutated = self._mutated, None
            self.stack.spec = self._clean
            self._again({part})

    def mend(self) -> None:
        """Start the whole stack over, without a defect."""
        self._open.close()
        self._open = ExitStack()
        self._mutated = None
        self.stack = self._started()

    def _started(self) -> Stack:
        running = start_stack(
            self._clean, run_folder=self._run_folder, engine=self._engine, taps=True
        )
        return self._open.enter_context(running)

    def _again(self, parts: set[str]) -> None:
        services = {one for one in parts if self._clean.parts[one].role == "service"}
        for part in parts - services:
            self.stack.restart(part)
        if services:
            # Services and twins start over as one: what a service does, its twin does as well.
            self.stack.reset()


def with_defect(spec: StackSpec, name: str, part: str) -> StackSpec:
    """Return the stack file with a part whose command runs behind the mutant's root."""
    one = spec.parts[part]
    command = (sys.executable, "-P", "-m", ROOT, name, *one.command)
    return replace(spec, parts=spec.parts | {part: replace(one, command=command)})


__all__ = ["MutantStack", "StackError", "with_defect"]
