"""What a defect is: one replacement in one module's source, made when the module is imported.

Nothing inside the system knows of it. `python -m contract_tests.mutants.mutant_launcher NAME
COMMAND...` puts it in before the part's own command runs.
"""

import importlib
import pkgutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from msgspec import Struct

from contract_tests.mutants import defects

Layer = Literal["mirror", "gateway", "wire", "resolver", "service"]
Method = Literal["paper", "stories", "forwarding", "crowd", "received", "seeded", "empty"]


class Defect(Struct, frozen=True, kw_only=True):
    """One thing wrong: `old`, which stands once in the module's source, reads `new` instead.

    `part` is the part of the stack whose processes import the module with the defect; `expected` is
    the method that should find it first.
    """

    sentence: str
    layer: Layer
    part: str
    module: str
    old: str
    new: str
    expected: Method
    equivalent: str = ""  # why nobody could ever tell, where that is so

    def rewritten(self, source: str) -> str:
        """Return the source with the defect; raise ValueError unless `old` stands in it once."""
        if source.count(self.old) != 1:
            raise ValueError(
                f"Expected {self.old!r} once in {self.module}, found it {source.count(self.old)} "
                f"times: the defect no longer fits the system, mend its file."
            )
        return source.replace(self.old, self.new)


@cache
def catalogue() -> dict[str, Defect]:
    """Return every defect by the name of its file."""
    names = sorted(module.name for module in pkgutil.iter_modules(defects.__path__))
    return {n: importlib.import_module(f"{defects.__name__}.{n}").DEFECT for n in names}


def source_of(module: str) -> str:
    """Return a module's source as it stands in the repository; it is not imported."""
    return path_of(module).read_text(encoding="utf-8")


def path_of(module: str) -> Path:
    """Return the file of a module; it is not imported."""
    found = find_spec(module)
    if found is None or found.origin is None:
        raise ValueError(f"Expected a module {module}; there is none: mend the defect's file.")
    return Path(found.origin)
