"""How a list goes on where each answer says what its next page is asked for with: by a cursor.

The parameter and the field that it is taken from are known by the names that they usually have. The
field may hold a whole address, of which the parameter counts; where an answer says no more than
that there is more, the last row's key is the cursor.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from contract_tests.stories.list_forms import Pointer, at
from contract_tests.stories.resources import Resource

# All without `_` and `-`, in small letters.
CURSORS: Final = (
    "cursor", "nextcursor", "pagetoken", "nextpagetoken", "nexttoken", "continuationtoken",
    "continuation", "startingafter", "startafter", "aftercursor", "after", "marker",
)  # fmt: skip
# What can mean nothing else: where an answer has one of them, its value decides, null for the end.
_NEXT: Final = (
    "nextcursor", "cursornext", "nextpagetoken", "nexttoken", "nextcontinuationtoken",
    "nextmarker", "endcursor", "next", "nextpage",
)  # fmt: skip
# What may as well say once more what was asked with.
_MAY_ECHO: Final = ("continuationtoken", "continuation", "pagetoken", "cursor", "after", "marker")
_MORE: Final = ("hasmore", "hasnext", "hasnextpage", "istruncated", "more")
# What an object has in which the next page is told: its cursor, or its address.
_IN_A_LINK: Final = (*CURSORS, "href", "url", "uri", "link")
_LINK: Final = re.compile(r"<([^>]*)>[^<]*?;\s*rel=\"?next\b", re.IGNORECASE)
_MOST_DEPTH: Final = 3


def cursor_name(resource: Resource) -> str | None:
    """Return the parameter that takes a cursor; None where there is none."""
    queried = {plain(name): name for name in resource.queried()}
    return next((queried[one] for one in CURSORS if one in queried), None)


def next_cursor(resource: Resource, answer: object, asked: str = "") -> str | None:
    """Return what the next page is asked for with; None where an answer names none.

    `asked` is the cursor that this one was asked for with.
    """
    name, said = cursor_name(resource), dict(_said(answer, resource.form.rows))
    if name is None or _is_last(said):
        return None
    if named := _first_text(said, _NEXT):
        return _taken_from(named, name)
    listed = isinstance(at(answer, resource.form.rows), list)
    told = _first_text(said, _MAY_ECHO) if listed else ""
    if told and _taken_from(told, name) != asked:
        return _taken_from(told, name)
    rows = resource.rows(answer)
    return resource.key(rows[-1]) if True in _more(said) and rows else None


def linked_cursor(resource: Resource, link: str) -> str | None:
    """Return the cursor in the address that a Link header calls the next one (RFC 8288)."""
    name, found = cursor_name(resource), _LINK.search(link)
    return _queried_in(found[1], name) if name and found else None


def goes_on(resource: Resource, answer: object, link: str) -> bool | None:
    """Tell whether a page comes after this one; None where neither its body nor its Link says.

    An echo of nothing counts as the end. So it need not be: a page that was asked for without a
    cursor may say just that.
    """
    if (is_said := says_it_goes_on(resource, answer, link)) is not None:
        return is_said
    said = dict(_said(answer, resource.form.rows))
    total, echoes = resource.total(answer), [said[one] for one in _MAY_ECHO if one in said]
    is_cut = total is not None and total > len(resource.rows(answer))
    return False if echoes and all(map(_is_nothing, echoes)) and not is_cut else None


def says_it_goes_on(resource: Resource, answer: object, link: str) -> bool | None:
    """Tell the same by what can mean nothing else."""
    said = dict(_said(answer, resource.form.rows))
    if _is_last(said):
        return False
    return True if _LINK.search(link) or True in _more(said) or _named(said) else None


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


def _is_last(said: Mapping[str, Any]) -> bool:
    named = _named(said)
    return False in _more(said) or (bool(named) and all(map(_is_nothing, named)))


def _named(said: Mapping[str, Any]) -> list[Any]:
    return [said[one] for one in _NEXT if one in said and not isinstance(said[one], bool)]


def _is_nothing(value: object) -> bool:
    """Tell whether no page is named so; in words that nobody knows one may be."""
    if isinstance(value, dict):
        return all(map(_is_nothing, list(_links(value)) or value.values()))
    return value is None or value is False or value in ("", [])


def _links(value: Mapping[Any, Any]) -> Iterator[Any]:
    """Yield what an object names a page by, in words that are known; others are beside it."""
    for name, one in value.items():
        if plain(str(name)) in _IN_A_LINK:
            yield one
        elif isinstance(one, dict):
            yield from _links(one)


def _more(said: Mapping[str, Any]) -> list[bool]:
    return [said[one] for one in _MORE if isinstance(said.get(one), bool)]


def _first_text(said: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((one for name in names if (one := _text(said.get(name)))), "")


def _text(value: object) -> str:
    if isinstance(value, dict):  # a link with its address in it, as HAL has them, or its cursor
        return _first_text({plain(str(name)): one for name, one in value.items()}, _IN_A_LINK)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _taken_from(told: str, name: str) -> str | None:
    """Return a cursor that stands by itself, or in the query of an address."""
    return _queried_in(told, name) if urlsplit(told).query else told


def _queried_in(address: str, name: str) -> str | None:
    return next(iter(parse_qs(urlsplit(address).query).get(name, [])), None)
