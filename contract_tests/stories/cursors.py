"""How a list goes on where each answer says what its next page is asked for with: by a cursor.

The parameter and the field that it is taken from are known by the names that they usually have. The
field may hold a whole address, of which the parameter counts; where an answer says no more than
that there is more, the last row's key is the cursor.
"""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from contract_tests.stories.list_forms import Pointer
from contract_tests.stories.resources import Resource

# All without `_` and `-`, in small letters.
CURSORS: Final = (
    "cursor", "nextcursor", "pagetoken", "nextpagetoken", "nexttoken", "continuationtoken",
    "continuation", "startingafter", "startafter", "aftercursor", "after", "marker",
)  # fmt: skip
_NEXT: Final = (
    "nextcursor", "cursornext", "nextpagetoken", "nexttoken", "continuationtoken", "continuation",
    "nextmarker", "endcursor", "next", "nextpage", "cursor", "after", "marker",
)  # fmt: skip
_MORE: Final = ("hasmore", "hasnext", "hasnextpage", "more")
_MOST_DEPTH: Final = 3


def cursor_name(resource: Resource) -> str | None:
    """Return the parameter that takes a cursor; None where there is none."""
    queried = {plain(name): name for name in resource.queried()}
    return next((queried[one] for one in CURSORS if one in queried), None)


def next_cursor(resource: Resource, answer: object) -> str | None:
    """Return what the next page is asked for with; None where an answer names none."""
    name, said = cursor_name(resource), dict(_said(answer, resource.form.rows))
    more = [said[one] for one in _MORE if isinstance(said.get(one), bool)]
    if name is None or False in more:
        return None
    told = next((one for field in _NEXT if (one := _text(said.get(field)))), "")
    if told:
        return _taken_from(told, name)
    rows = resource.rows(answer)
    return resource.key(rows[-1]) if more and rows else None


def plain(name: str) -> str:
    """Return a name as it is compared: `next_cursor`, `nextCursor` and `next-cursor` are one."""
    return name.lower().replace("_", "").replace("-", "")


def _said(answer: object, rows: Pointer, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield what an answer says beside its rows, the innermost first: who comes last counts."""
    if not isinstance(answer, dict) or depth == _MOST_DEPTH:
        return
    for name, value in answer.items():
        if (name,) != rows:
            yield from _said(value, rows[1:] if rows[:1] == (name,) else (), depth + 1)
    yield from ((plain(name), value) for name, value in answer.items() if (name,) != rows)


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _taken_from(told: str, name: str) -> str | None:
    """Return a cursor that stands by itself, or in the query of an address."""
    split = urlsplit(told)
    if not split.query:
        return told
    return next(iter(parse_qs(split.query).get(name, [])), None)
