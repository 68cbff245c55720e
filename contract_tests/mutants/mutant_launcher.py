"""Runs a part's command with one defect put in.

As `python -m contract_tests.mutants.mutant_launcher NAME COMMAND...`: the composition root of a
mutant. It rewrites one module's source as that module is imported, then runs the part's own command
in this very process, so that workers forked from it have it as well.
"""

import importlib
import runpy
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract_tests.mutants.defect import Defect
    from contract_tests.mutants.random_defects import RandomDefect

Rewrite = Callable[[str], str]


class RewritingLoader(SourceFileLoader):
    """Loads a module from its rewritten source; nothing is cached on disk."""

    def __init__(self, fullname: str, path: str, rewrite: Rewrite) -> None:
        super().__init__(fullname, path)
        self._rewrite = rewrite

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 -- of the protocol
        """Return the code of the rewritten source."""
        source = self._rewrite(self.get_data(self.path).decode())
        return compile(source, self.path, "exec", dont_inherit=True)


class Finder(MetaPathFinder):
    """Finds one module, to be loaded from its rewritten source."""

    def __init__(self, module: str, rewrite: Rewrite) -> None:
        self._module = module
        self._rewrite = rewrite

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,  # noqa: ARG002 -- of the protocol
    ) -> ModuleSpec | None:
        """Return how to load the module, or None for any other."""
        if fullname != self._module:
            return None
        found = PathFinder.find_spec(fullname, path)
        if found is None or found.origin is None:
            return None
        loader = RewritingLoader(fullname, found.origin, self._rewrite)
        places = found.submodule_search_locations
        return spec_from_file_location(
            fullname, found.origin, loader=loader, submodule_search_locations=places
        )


def run(command: Sequence[str]) -> None:
    """Run a command in this process: `python -m MODULE ...`, or a program that is a module."""
    # As `python -m` and Gunicorn have it; until here it would have hidden our own packages.
    sys.path.insert(0, str(Path.cwd()))
    program, *arguments = command
    if program == "python" and arguments[:1] == ["-m"]:
        program, arguments = arguments[1], arguments[2:]
    sys.argv = [program, *arguments]
    runpy.run_module(program, run_name="__main__", alter_sys=True)


def main() -> None:
    """Put the defect in and run the command."""
    _, name, *command = sys.argv
    defect = found(name)
    sys.meta_path.insert(0, Finder(defect.module, defect.rewritten))
    run(command)


def found(name: str) -> "Defect | RandomDefect":
    """Return the defect of a name, so that a part's process imports no more than that."""
    if name.startswith("random-"):
        drawing = importlib.import_module("contract_tests.mutants.random_defects")
        drawn: RandomDefect = drawing.named(name)
        return drawn
    listed: Defect = importlib.import_module(f"contract_tests.mutants.defects.{name}").DEFECT
    return listed


if __name__ == "__main__":
    main()
