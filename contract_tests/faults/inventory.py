"""Reads which rows a place holds, past the gateway: all of them, or it says that it cannot.

Where only a queue leads to its owner, the gateway is asked, once all is well again.

A list that shows a part only would make of every other row one that was lost. So pages are turned
until one is empty, and where an acknowledged row is not listed it is asked for by itself.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from contract_tests.faults.row_source import RowSource
from contract_tests.faults.writable_collections import WritableCollection, keys_in
from contract_tests.hops.paired_client import SentRequest, asked
from contract_tests.hops.parity import ObservedResponse
from contract_tests.stories.cursors import CURSORS, cursor_name, next_cursor
from contract_tests.stories.paging import OFFSETS, PAGES, size_name, turn, turned_by
from contract_tests.stories.resources import MOST_ROWS, Resource, Row, largest
from reports.record.number_formats import visible
from testcontainers_fixtures.errors import StackError

LOOKED_UP: Final = 10
_MOST_PAGES: Final = 200
_OK: Final = 200
_SHOWN: Final = 300
_NO_SUCH_PAGE: Final = 404
_SAME_PAGE: Final = "one page is as the one before, whatever is asked for"
# What an asked-for size is refused with.
_TOO_MANY_ROWS: Final = frozenset({400, 422})


def counted(
    place: WritableCollection, prefix: str, acknowledged: Mapping[str, str | None]
) -> Counter[str]:
    """Return how many rows of a place hold each key.

    `acknowledged` are the keys of rows that a caller was told of, each with the path at which the
    row can be read, None where it cannot. Raises StackError where the rows cannot be read, or the
    list shows a part of them only.
    """
    found: Counter[str] = Counter()
    for row in rows_of(place.source, place.resource):
        found.update(keys_in(row, prefix))
    missing = {key: path for key, path in acknowledged.items() if key not in found}
    _require_gone(missing, place, prefix)
    return found


def rows_of(source: RowSource, resource: Resource) -> Iterator[Row]:
    """Yield every row that a list shows; raise StackError where its pages do not come to an end."""
    if turned_by(resource) is None and cursor_name(resource) is not None:
        yield from _by_cursor(source, resource)
        return
    former: list[Row] = []
    start = 0
    for number in range(_MOST_PAGES):
        answer = _page(source, resource, _turned(resource, start, number), number)
        page = resource.rows(answer)
        if not page:
            return
        if page == former:
            raise _unreadable(resource, _SAME_PAGE)
        yield from page
        if turned_by(resource) is None:
            _require_all(resource, len(page), resource.total(answer))
            return
        former, start = page, start + len(page)
    raise _too_many(resource, start)


def _by_cursor(source: RowSource, resource: Resource) -> Iterator[Row]:
    """Yield the rows of a list each of whose answers says what its next page is asked for with."""
    former, start, cursor = "", 0, ""
    shown: list[Row] = []
    for _ in range(_MOST_PAGES):
        answer = _page(source, resource, {str(cursor_name(resource)): cursor} if cursor else {})
        page = resource.rows(answer)
        if page and page == shown:
            raise _unreadable(resource, _SAME_PAGE)
        yield from page
        shown, former, start = page, cursor, start + len(page)
        cursor = next_cursor(resource, answer, former) or ""
        if not cursor:
            _require_all(resource, start, resource.total(answer))
            return
        if cursor == former:
            raise _unreadable(resource, "a page names itself as the one after it")
    raise _too_many(resource, start)


def page_of(source: RowSource, resource: Resource) -> list[Row]:
    """Return the first rows that a list shows."""
    return resource.rows(_page(source, resource, _turned(resource, 0, 0)))


def _turned(resource: Resource, start: int, number: int) -> dict[str, int]:
    """Return what asks for the rows from `start` on, or for the page of that number."""
    turned = turned_by(resource)
    return {turned: turn(resource, turned, start, number)} if turned else {}


def _page(
    source: RowSource, resource: Resource, place: Mapping[str, int | str], number: int = 0
) -> Any:  # noqa: ANN401 -- any JSON
    """Return the answer with the rows of a place, which is of the page of a number, from 0.

    A gateway may take fewer rows a page than its service's document says: refused, a page is asked
    for in the size that it has by itself.
    """
    size = size_name(resource)
    sized = {size: _limit(resource, size)} if size else {}
    answer, query = _listed(source, resource, {**sized, **place})
    if sized and answer.status in _TOO_MANY_ROWS:
        answer, query = _listed(source, resource, place)
    if number and answer.status == _NO_SUCH_PAGE:
        return None
    if answer.status != _OK:
        said = visible(answer.body[:_SHOWN].decode(errors="replace"))
        raise StackError(
            f"Expected 200 from GET {resource.path}{query} at {source.url}; seen: "
            f"{answer.status} {said}".rstrip()
        )
    return msgspec.json.decode(answer.body)


def _listed(
    source: RowSource, resource: Resource, asked_for: Mapping[str, int | str]
) -> tuple[ObservedResponse, str]:
    """Return the answer of a list, and the query that it was asked with."""
    query = urlencode(asked_for)
    query = f"?{query}" if query else ""
    return _asked_twice(source, resource, f"{resource.path}{query}"), query


def _require_all(resource: Resource, shown: int, total: int | None) -> None:
    """Raise StackError where a list says that there are more rows than it shows."""
    if total is not None and total > shown:
        raise _unreadable(resource, f"it says that there are {total} rows, and shows {shown}")


def _require_gone(
    missing: Mapping[str, str | None], place: WritableCollection, prefix: str
) -> None:
    """Raise StackError where rows that are not listed are there, or nobody can tell."""
    for key in _spread(list(missing)):
        path = missing[key]
        if path is None and turned_by(place.resource) is None:
            raise _unreadable(place.resource, f"it does not list {key}, nor can a row be read")
        if path is not None and key in _keys_at(place.source, place.resource, path, prefix):
            raise _unreadable(place.resource, f"it does not list the row that GET {path} shows")


def _keys_at(source: RowSource, resource: Resource, path: str, prefix: str) -> set[str]:
    answer = _asked_twice(source, resource, path)
    row = resource.row(msgspec.json.decode(answer.body)) if answer.status == _OK else {}
    return keys_in(row, prefix)


def _spread(keys: Sequence[str]) -> Sequence[str]:
    """Return at most about LOOKED_UP of them, from the first to the last."""
    return [*keys[:: max(1, len(keys) // LOOKED_UP)], *keys[-1:]]


def _unreadable(resource: Resource, why: str) -> StackError:
    known = ", ".join(sorted({*OFFSETS, *PAGES, *CURSORS}))
    turned = turned_by(resource) or cursor_name(resource) or f"none of {known}"
    return StackError(
        f"GET {resource.path} cannot be read whole: {why}. Parameter by which it turns pages: "
        f"{turned}; the list has {', '.join(resource.queried()) or 'no parameters'}. Where it has "
        "one that its document does not name, say so as `query` of [contract.collections]."
    )


def _too_many(resource: Resource, start: int) -> StackError:
    return StackError(f"{resource.path} has more than {start} rows: start the stack over.")


def _asked_twice(source: RowSource, resource: Resource, target: str) -> ObservedResponse:
    """Ask once more where a worker that has just come up closed the first connection."""
    sent = resource.parameters.on(SentRequest(method="GET", target=target))
    asking = source.asking(sent)
    answer = asked(source.url, asking)
    return answer if answer.status else asked(source.url, asking)


def _limit(resource: Resource, name: str | None) -> int:
    return largest(resource.queried()[name]) if name else MOST_ROWS
