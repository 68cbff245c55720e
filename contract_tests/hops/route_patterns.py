"""Which requests and operations a route of the stack file means: "POST /files/*", "/auth/*".

`*` is any text, `{name}` is one segment, and a route without a method (or with `*`) means each.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_SPECIAL: Final = re.compile(r"(\*|\{[^{}/]*\})")


def matches(route: str, method: str, path: str) -> bool:
    """Tell whether a route means a method at a path, or at a template of paths."""
    wanted, pattern = _read(route)
    return wanted in {"*", method.upper()} and pattern.fullmatch(path) is not None


def meant_by(routes: Iterable[str], method: str, target: str) -> str | None:
    """Return the first route that means a request, by its target; None where none does."""
    path = target.partition("?")[0]
    return next((one for one in routes if matches(one, method, path)), None)


@lru_cache(maxsize=1_024)
def _read(route: str) -> tuple[str, re.Pattern[str]]:
    method, _, path = route.rpartition(" ")
    pieces = (_piece(one) for one in _SPECIAL.split(path))
    return method or "*", re.compile("".join(pieces), re.DOTALL)


def _piece(text: str) -> str:
    if text == "*":
        return ".*"
    return "[^/]+" if _SPECIAL.fullmatch(text) else re.escape(text)
