"""Reads headers that were typed as options of a command, `NAME: VALUE`, secrets put in."""

import re
from collections.abc import Iterable
from typing import Final

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.secret_values import with_secrets

SECRET: Final = "`{secrets.TOKEN}` in it is the environment variable TOKEN"  # noqa: S105 -- how one is named
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*([^\r\n]+)")


def typed_headers(option: str, said: Iterable[str]) -> dict[str, str]:
    """Return headers by name; raise SpecError for what is none, or whose secret is not set."""
    found = {}
    for one in said:
        header = _HEADER.fullmatch(one)
        if header is None:
            raise SpecError(f"Expected {option} 'NAME: VALUE'; what was given is no such header.")
        found[header[1]] = with_secrets(header[2], f"{option} {header[1]}")
    return found
