"""Looks at what stands behind a list's first page, and knows whether that is all there is.

Of a list that may go on unseen nobody can say what it has not: it is whole where its answers say
so, or where a page has fewer rows than pages have.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from contract_tests.hops.paired_client import PairedExchange
from contract_tests.stories.cursors import (
    cursor_name,
    goes_on,
    linked_cursor,
    next_cursor,
    says_it_goes_on,
)
from contract_tests.stories.paging import size_name, turn, turned_by
from contract_tests.stories.resources import Resource, Row

MOST_PAGES: Final = 40


class FurtherPages(Struct, frozen=True):
    """The pages of one resource's list; `ask` gets the answer of a path with its query."""

    resource: Resource
    ask: Callable[[str], PairedExchange]

    def after(self, first: PairedExchange, query: str) -> tuple[list[Row], bool]:
        """Return what stands on the pages after the first one, and whether that is all there is."""
        if turned_by(self.resource):
            return self._turned(first, query)
        _, *pages = self.by_cursor(query, first)
        # A list that named each page but the last one shown is at its end.
        is_whole = len(pages) + 1 < MOST_PAGES if pages else self._stands_alone(first)
        return [row for one in pages for row in self._rows_in(one)], is_whole

    def by_cursor(self, query: str, first: PairedExchange) -> Iterator[PairedExchange]:
        """Yield the answer of each page of a list, asked for with what the one before it says."""
        answer, name, cursor = first, cursor_name(self.resource), ""
        for _ in range(MOST_PAGES):
            yield answer
            cursor = self.next(answer, cursor) or ""
            if not cursor:
                return
            at = f"{query}{'&' if query else '?'}{name}={quote(cursor, safe='')}"
            answer = self.ask(f"{self.resource.path}{at}")

    def next(self, answer: PairedExchange, asked: str = "") -> str | None:
        """Return the cursor of the page after this one, which was asked for with `asked`."""
        named = next_cursor(self.resource, decoded(answer), asked)
        return named or linked_cursor(self.resource, _link(answer))

    def _turned(self, first: PairedExchange, query: str) -> tuple[list[Row], bool]:
        turned, size = turned_by(self.resource), len(self._rows_in(first))
        total = self.resource.total(decoded(first))
        rows: list[Row] = []
        for number in range(1, MOST_PAGES if turned and size else 0):
            start = number * size
            if total is not None and start >= total:
                return rows, True
            at = turn(self.resource, turned or "", start, number)
            page = self._rows_in(self.ask(f"{self.resource.path}{query}&{turned}={at}"))
            rows += page
            if len(page) < size:
                return rows, True
        return rows, not size

    def _stands_alone(self, page: PairedExchange) -> bool:
        """Tell whether it is known that nothing comes after a page which names no cursor."""
        answer, link = decoded(page), _link(page)
        is_followed = says_it_goes_on(self.resource, answer, link)
        if is_followed is not None:
            return not is_followed
        total = self.resource.total(answer)
        if total is not None:
            return total <= len(self._rows_in(page))
        is_last = goes_on(self.resource, answer, link) is False
        return not self._may_be_full(page, is_last=is_last)

    def _may_be_full(self, page: PairedExchange, *, is_last: bool) -> bool:
        """Tell whether a page may have all the rows that fit; `is_last` is what its echo says."""
        limit, cursor = size_name(self.resource), cursor_name(self.resource)
        if limit is None and cursor is None:
            return False
        rows = self._rows_in(page)
        size = self.resource.queried()[limit].get("default") if limit else None
        if isinstance(size, int):
            return len(rows) >= size
        # Where nobody knows how many rows a page has, any that has one may be full, unless its
        # cursor is none: where no cursor is taken, such a word is about something else.
        return bool(rows) and not (is_last and cursor is not None)

    def _rows_in(self, answer: PairedExchange) -> list[Row]:
        return self.resource.rows(decoded(answer))


def decoded(answer: PairedExchange) -> Any:  # noqa: ANN401 -- any JSON
    """Return the body of an answer; None where it is no JSON."""
    try:
        return msgspec.json.decode(answer.gateway.body)
    except msgspec.DecodeError:
        return None


def _link(answer: PairedExchange) -> str:
    return answer.gateway.headers.get("link", "")
