"""Writes media types in one way: they are the same in any case (RFC 9110, 8.3.1)."""

import re
from collections.abc import Mapping
from typing import Final, TypeVar

_ANY: Final = "*/*"
Said = TypeVar("Said")
# JSON and forms have no charset of their own choice (RFC 8259, 8.1 and 11).
_OWN_CHARSET: Final = re.compile(r"(.+/|.+\+)json|application/x-www-form-urlencoded")


def media_type(said: str) -> str:
    """Return a media type with names in lower case and its parameters in order."""
    kind, *parameters = (part.strip() for part in said.split(";"))
    kind = kind.lower()
    pairs = sorted(
        (name.strip().lower(), value.strip().strip('"'))
        for name, _, value in (one.partition("=") for one in parameters if one)
    )
    kept = [f"{name}={value}" for name, value in pairs if not _needless(kind, name)]
    return "; ".join([kind, *kept])


def of_media_type(kind: str, said: Mapping[str, Said]) -> Said | None:
    """Return what is said of a media type, by itself or by a range that has it ("text/*")."""
    names = (kind, f"{kind.partition('/')[0]}/*", _ANY)
    return next((said[name] for name in names if name in said), None)


def _needless(kind: str, name: str) -> bool:
    return name == "charset" and _OWN_CHARSET.fullmatch(kind) is not None
