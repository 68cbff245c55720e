"""Fills in what a stack file leaves open: addresses, counts, the broker's access."""

import re
from collections.abc import Mapping
from typing import Any

from testcontainers_fixtures.errors import SpecError

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.-]*)\}")


def filled(text: str, values: Mapping[str, object], where: str) -> str:
    """Return `text` with every placeholder replaced; raise SpecError for one that is unknown."""

    def value(match: re.Match[str]) -> str:
        try:
            return str(values[match[1]])
        except KeyError as error:
            raise SpecError(
                f"{where} names {match[0]}, which is unknown here; known are:"
                f" {', '.join(sorted(values))}."
            ) from error

    return PLACEHOLDER.sub(value, text)


def numbered(body: Any, n: int) -> Any:  # noqa: ANN401 -- any JSON
    """Return a seed's body with `{n}` filled in; a string that is exactly "{n}" is the number."""
    if isinstance(body, dict):
        return {key: numbered(value, n) for key, value in body.items()}
    if isinstance(body, list):
        return [numbered(value, n) for value in body]
    if isinstance(body, str):
        return n if body == "{n}" else body.replace("{n}", str(n))
    return body
