"""Reads what is let be of drift on paper: from a stack file, or from a file of rules alone."""

import tomllib
from pathlib import Path
from typing import Final

import msgspec

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.drift_spec import Drift
from testcontainers_fixtures.stack_file.stack_file_errors import what_is_wrong

OPTION: Final = "--ignore"


def rules_in(path: Path) -> Drift:
    """Return the rules of a TOML file, each an `[[ignore]]`; raise SpecError for what is none."""
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        why = str(error.strerror or error).lower()
        raise SpecError(f"Expected {OPTION} with a file of rules at {path}, but: {why}.") from error
    except ValueError as error:  # also of bytes that are no UTF-8
        raise SpecError(f"The file of rules {path} is not TOML: {error}.") from error
    try:
        return msgspec.convert(data, Drift)
    except msgspec.ValidationError as error:
        why = what_is_wrong(text, data, Drift)
        raise SpecError(f"The file of rules {path} is not usable: {why}.") from error
