"""Reads the TOML files of a user, or says in one sentence why that cannot be."""

import tomllib
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.stack_file_errors import what_is_wrong

Kind = TypeVar("Kind", bound=Struct)


_GONE: Final = ", but: no such file or directory"


def toml_in(
    path: Path, *, what: str, expected: str, gone: str = _GONE
) -> tuple[str, dict[str, Any]]:
    """Return a file's text, and what is in it; raise SpecError where it is no TOML.

    `what` is what a sentence calls the file ("The login file"), `expected` what was wanted ("a
    login file"); `gone` ends the sentence about one that is not there.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except FileNotFoundError as error:
        raise SpecError(f"Expected {expected} at {path}{gone}.") from error
    except OSError as error:
        why = str(error.strerror or error).lower()
        raise SpecError(f"Expected {expected} at {path}, but: {why}.") from error
    except ValueError as error:  # also of bytes that are no UTF-8, and of a number too long to read
        raise SpecError(f"{what} {path} is not TOML: {error}.") from error


def struct_of(data: dict[str, Any], kind: type[Kind], *, text: str, begins: str) -> Kind:
    """Return a file's data in their form; raise SpecError that names line and key.

    `begins` is how its sentence does: "Stack file stack.toml is".
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise SpecError(f"{begins} not usable: {what_is_wrong(text, data, kind)}.") from error


def struct_in(path: Path, kind: type[Kind], *, what: str, expected: str, gone: str = _GONE) -> Kind:
    """Return what is in a file, in its form; raise SpecError where it cannot be."""
    text, data = toml_in(path, what=what, expected=expected, gone=gone)
    return struct_of(data, kind, text=text, begins=f"{what} {path} is")
