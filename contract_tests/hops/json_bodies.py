"""Reads what a body holds as JSON, also what not every reader takes."""

import json
from typing import Any, Final

import msgspec

# What is no JSON at all; it is equal to nothing.
NO_JSON: Final = object()


def json_of(body: bytes) -> Any:  # noqa: ANN401 -- any JSON
    """Return what a body holds; NO_JSON for what is none."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return _lenient(body)


def _lenient(body: bytes) -> Any:  # noqa: ANN401 -- any JSON
    """Return what not every reader takes: half a surrogate, or a number that is none, as text."""
    try:
        return json.loads(body, parse_constant=str)
    except (ValueError, RecursionError):
        return NO_JSON
