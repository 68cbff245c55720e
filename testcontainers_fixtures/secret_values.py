"""Secrets in a stack file's texts: `{secrets.NAME}` is the environment variable NAME.

So no secret stands in the file; whoever keeps something of a run keeps it without.
"""

import os
import re
from collections.abc import Iterable
from typing import Final

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.output.redaction import noted

_SECRET: Final = re.compile(r"\{secrets\.([A-Za-z_][A-Za-z0-9_]*)\}")


def secrets_in(texts: Iterable[str], where: str) -> dict[str, object]:
    """Return the placeholders of those secrets that texts name; SpecError where one is not set."""
    named = {name for text in texts for name in _SECRET.findall(text)}
    return {f"secrets.{name}": with_secrets(f"{{secrets.{name}}}", where) for name in named}


def with_secrets(text: str, where: str) -> str:
    """Return a text with each secret in its place; raise SpecError, naming `where`, for none."""

    def value(match: re.Match[str]) -> str:
        secret = os.environ.get(match[1])
        if not secret:
            raise SpecError(
                f"{where} takes its secret from the environment variable {match[1]}, which is not "
                f"set: export {match[1]}=..., say."
            )
        return noted(secret)

    return _SECRET.sub(value, text)
