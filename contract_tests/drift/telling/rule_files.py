"""Reads what is let be of drift on paper from a file of rules alone."""

from pathlib import Path
from typing import Final

from testcontainers_fixtures.stack_file.drift_spec import Drift
from testcontainers_fixtures.stack_file.toml_files import struct_in

OPTION: Final = "--ignore"


def rules_in(path: Path) -> Drift:
    """Return the rules of a TOML file, each an `[[ignore]]`; raise SpecError for what is none."""
    expected = f"{OPTION} with a file of rules"
    return struct_in(path, Drift, what="The file of rules", expected=expected)
