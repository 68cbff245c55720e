"""Writes the values of a header that stands several times as one, and reads cookies out of that.

Values are joined with commas (RFC 9110, 5.3), but for those of Set-Cookie: they have commas of
their own, and are joined with line ends, which no value holds.
"""

from collections.abc import Iterable
from typing import Final

SET_COOKIE: Final = "set-cookie"
_LINE: Final = "\n"


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by name in lower case, the values of a repeated one joined."""
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        found[key] = f"{found[key]}{between(key)}{value}" if key in found else value
    return found


def between(name: str) -> str:
    """Return what stands between two values of a header, by its name in lower case."""
    return _LINE if name == SET_COOKIE else ", "


def cookies(value: str | None) -> list[str]:
    """Return the values of Set-Cookie, in their order."""
    return value.split(_LINE) if value is not None else []
