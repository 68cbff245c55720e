"""Finds the requests by which a service is seen through its gateway, and how its paths are there.

Only plain ones are sent, and a few: a GET ought to change nothing (RFC 9110, 9.2.1), but some do.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import combinations, islice
from typing import Final

from gatewaybench.published import HEALTH, Published, answer_to, required_answer
from testcontainers_fixtures.errors import NoAnswerError

# Each may take as long as an answer is waited for.
MOST_TRIED: Final = 8
# What acts, or has no end, where it is a word of a path.
_ACTIONS: Final = frozenset(
    {
        *("auth", "authorize", "callback", "login", "logoff", "logout", "signin", "signout"),
        *("backup", "download", "dump", "export", "import", "migrate", "rebuild", "reindex"),
        *("clear", "delete", "flush", "purge", "refresh", "reload", "remove", "reset", "sync"),
        *("kill", "restart", "run", "shutdown", "start", "stop", "trigger"),
        *("cancel", "confirm", "execute", "send", "subscribe", "unsubscribe", "verify"),
        *("events", "stream", "tail", "watch"),
    }
)
# Of these the ones that are collections where they have items: `/delete/{id}` is no item of any.
_NOUNS: Final = frozenset({"backup", "callback", "events"})
_BEFORE_AN_ITEM: Final = re.compile(r"([^/]+)/\{")
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def probes(service: Published) -> list[str]:
    """Return the paths of GETs that need nothing, plain collections first.

    What acts is left out, as what a gateway can answer by itself.
    """
    plain = [path for path in _usable(service) if _is_plain(service, path)]
    return sorted(plain, key=lambda path: not _has_items(service, path))


def plain_reads(service: Published) -> list[str]:
    """Return the paths of GETs that load may send: none that acts, or has no end, by its name."""
    return [path for path in service.reads() if _is_plain(service, path)]


def unasked(service: Published) -> list[str]:
    """Return the paths of GETs that need nothing, and are not to be sent unless somebody says so.

    By its name each of them acts, or has no end.
    """
    return [path for path in _usable(service) if not _is_plain(service, path)]


def probes_at(gateway: Published, service: Published, base: str) -> list[str]:
    """Return where a gateway may answer them, below `base` or not; what it publishes comes first.

    `base` is what its URL was given with.
    """
    bases = dict.fromkeys((base_path(gateway, service), base))
    tried = [f"{one}{path}" for path in probes(service) for one in bases]
    return sorted(tried, key=lambda path: path not in gateway.document.get("paths", {}))


def answered(name: str, url: str, paths: Iterable[str], health: str) -> str:
    """Return the first of a few paths that a gateway answers with 2xx; "" where it answers none.

    Raises SpecError where it has no answer for its health request either.
    """
    is_silent = False
    for path in islice(paths, MOST_TRIED):
        try:
            if answer_to(url, path) is not None:
                return path
        except NoAnswerError:  # slow, huge or broken off: another one may be none of it
            is_silent = True
    if is_silent:
        required_answer(name, url, health)
    return ""


def base_path(gateway: Published, service: Published) -> str:
    """Return what a gateway has before most paths of a service; "" where these are as they are.

    Where as many are below another base, the service's name tells which one is its own, or nothing.
    """
    known = gateway.document.get("paths", {})
    mine = {path for path in service.document.get("paths", {}) if path not in HEALTH}
    found = Counter(one.removesuffix(path) for one in known for path in mine if one.endswith(path))
    usable = {base: count for base, count in found.items() if "{" not in base}
    most = max(usable.values(), default=0)
    first = [base for base, count in usable.items() if count == most]
    if 2 * most <= len(mine) or "" in first:
        return ""
    named = (
        first if len(first) == 1 else [one for one in first if _words(one) & _words(service.name)]
    )
    return named[0] if len(named) == 1 else ""


def _words(text: str) -> set[str]:
    """Return the words of a name or a path, an order's as one of orders."""
    return {word.lower().rstrip("s") for word in _WORD.findall(text)}


def _usable(service: Published) -> list[str]:
    return [path for path in service.reads() if "{" not in path and path not in HEALTH]


def _is_plain(service: Published, path: str) -> bool:
    last = path.rstrip("/").rpartition("/")[2]
    collections = {*_BEFORE_AN_ITEM.findall(path), *([last] if _has_items(service, path) else [])}
    nouns = {one for one in collections if one.lower() in _NOUNS}
    return not any(_acts(one) for one in path.split("/") if one not in nouns)


def _acts(segment: str) -> bool:
    """Tell whether some words of it are an action, in one or not: `sign-out` is `signout`."""
    words = [word.lower() for word in _WORD.findall(segment)]
    ends = combinations(range(len(words) + 1), 2)
    return not _ACTIONS.isdisjoint("".join(words[start:end]) for start, end in ends)


def _has_items(service: Published, path: str) -> bool:
    below = f"{path.rstrip('/')}/{{"
    return any(one.startswith(below) for one in service.document.get("paths", {}))
