"""Where in an answer a value stands: a JSON pointer (RFC 6901), a header, a cookie, the status."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from testcontainers_fixtures.json_pointers import looked_up

STATUS: Final = "status"
_COOKIES: Final = b"set-cookie"


def value_at(place: str, *, status: int, body: bytes, headers: Mapping[bytes, bytes]) -> object:
    """Return what an answer has at a place; raise LookupError, with what is missing, for nothing.

    `headers` have their names in lower case, and all their cookies, a line each.
    """
    kind, _, name = place.partition(" ")
    if place.startswith("/"):
        return pointed_at(parsed(body), place)
    if kind == STATUS:
        return status
    found = _cookie(name, headers) if kind == "cookie" else headers.get(name.lower().encode())
    if found is None:
        raise LookupError(f"the answer has no {place}")
    return found.decode("latin-1")


def pointed_at(document: Any, pointer: str) -> object:  # noqa: ANN401 -- JSON has no narrower type
    """Return the value at a JSON pointer (RFC 6901); raise LookupError when there is none."""
    try:
        found: object = looked_up(document, pointer)
    except (LookupError, TypeError, ValueError) as error:
        raise LookupError(f"the answer has no {pointer}") from error
    return found


def parsed(body: bytes) -> object:
    """Return a body's JSON; raise LookupError for what is none."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise LookupError("the answer is not JSON") from error


def _cookie(name: str, headers: Mapping[bytes, bytes]) -> bytes | None:
    pattern = rb"^\s*%s\s*=\s*\"?([^;\"\n]*)" % re.escape(name.encode())
    found = re.search(pattern, headers.get(_COOKIES, b""), re.MULTILINE)
    return found[1].strip() if found else None
