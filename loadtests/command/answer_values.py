"""Values that answers brought and later requests took: which row of which list each one names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from loadtests.command.har_recording import Exchange
from testcontainers_fixtures.json_pointers import escaped

_NAMES_A_ROW: Final = re.compile(r"(.*[_-])?(id|uuid|key|slug|code|number)|.*(Id|ID|Uuid)")
_DISTINCT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\S{8,}", re.IGNORECASE)
_MOST_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class ValueSource:
    """Where an answer brought a value: the number of its step, and the pointer.

    `about` are the words of what it names: of its key, of the list around it, of the path.
    """

    step: int
    pointer: str
    about: frozenset[str]
    name: str


@dataclass(slots=True)
class AnswerValues:
    """What the answers so far brought that names rows, by value."""

    _sources: dict[str, list[ValueSource]] = field(default_factory=dict)

    def note(self, step: int, one: Exchange) -> None:
        """Note what a step's answer brings."""
        within = _collection(one.target.partition("?")[0])
        for pointer, key, value, around in _rows(one.answered, "", ""):
            about = frozenset(filter(None, (_stem(name) for name in (key, around, within))))
            known = ValueSource(step, pointer, about, f"{within} {key}")
            self._sources.setdefault(value, []).append(known)

    def source_of(self, value: str, beside: str) -> ValueSource | None:
        """Return where a value came from last; None where no answer brought it.

        A short one is taken from rows of the list beside whose name it stands alone, as 7 is in
        "/orders/7" and in `order_id`; one that is nobody else's from wherever it came last.
        """
        about = _stem(beside)
        found = reversed(self._sources.get(value, ()))
        fitting = (one for one in found if about in one.about or _DISTINCT.fullmatch(value))
        return next(fitting, None)


def names_a_row(key: str) -> bool:
    """Tell whether a field of that name says which row is meant."""
    return bool(_NAMES_A_ROW.fullmatch(key))


def without_rows(part: str) -> str:
    """Return a segment of a path, or "..." where it says which row is meant."""
    is_key = part.isdigit() or (_DISTINCT.fullmatch(part) and re.search(r"\d", part))
    return "..." if is_key else part


def _stem(name: str) -> str:
    """Return what "orders", "order_id" and "orderId" are about: "order"."""
    words = re.sub(r"[_-]?(id|ID|Id|uuid|Uuid|UUID|key|number|code|slug)$", "", name)
    return words.lower().rstrip("s")


def _collection(path: str) -> str:
    """Return the last word of a path that names no row."""
    words = [part for part in path.split("/") if part and without_rows(part) != "..."]
    return words[-1] if words else ""


def _rows(value: Any, pointer: str, within: str) -> Iterator[tuple[str, str, str, str]]:  # noqa: ANN401 -- any JSON
    """Yield what names rows in an answer: pointer, key, value as text, name of the list around."""
    if isinstance(value, list):
        for at, one in enumerate(value[:_MOST_ROWS]):
            yield from _rows(one, f"{pointer}/{at}", within)
    elif isinstance(value, dict):
        for key, one in value.items():
            place = f"{pointer}/{escaped(key)}"
            if isinstance(one, dict | list):
                yield from _rows(one, place, key if isinstance(one, list) else within)
            elif names_a_row(key) and isinstance(one, str | int):
                yield place, key, str(one), within
