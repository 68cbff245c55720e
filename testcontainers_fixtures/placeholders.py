"""Fills in what a stack file leaves open: addresses, counts, the broker's access."""

import re
from collections.abc import Mapping
from typing import Any

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.nearest import meant

_NAME = r"[a-z][a-z0-9_.-]*|secrets\.[A-Za-z_]\w*"
# Braces in pairs stand for themselves, around what would else be filled in.
PLACEHOLDER = re.compile(rf"\{{\{{([A-Za-z_][\w.-]*)\}}\}}|\{{({_NAME})\}}")


def filled(text: str, values: Mapping[str, object], where: str) -> str:
    """Return `text` with every placeholder replaced; raise SpecError for one that is unknown.

    `{{host}}` becomes the text {host}.
    """

    def value(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return f"{{{literal}}}"
        if name not in values:
            known = ", ".join(sorted(values))
            raise SpecError(
                f"{where} names {match[0]}, which is unknown here{meant(name, values)}; known are:"
                f" {known}. Where the braces are meant, write {{{match[0]}}}."
            )
        return str(values[name])

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
