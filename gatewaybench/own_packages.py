"""Has this process find our packages by their names, whatever else bears them on its path.

`reports` or `system` are names that a project may well use itself, and `python -m`, PYTHONPATH and
an editable install put a project's folders on the path.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = frozenset(
    {
        *("contract_tests", "gatewaybench", "loadtests", "reports", "system"),
        "testcontainers_fixtures",
    }
)


class OwnPackages(MetaPathFinder):
    """Finds our packages where this one is, before anybody looks along the path."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return how to load one of our packages, or None for any other module."""
        if path is not None or fullname not in PACKAGES:
            return None
        return PathFinder.find_spec(fullname, [str(ROOT)], target)


def come_first() -> None:
    """Have our packages found first from now on; safe to call twice."""
    if not any(isinstance(one, OwnPackages) for one in sys.meta_path):
        sys.meta_path.insert(0, OwnPackages())
