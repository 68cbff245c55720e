"""What a collection promises whatever it holds: told as a story of one row, from birth to death.

    created      the answer holds what was sent, and the row is readable under its key
    listed       a filter by one of its values finds it, once, and finds nothing else; by another
                 value, where these are enumerated, it does not find it
    changed      what was sent is what is read afterwards
    deleted      the row is gone with what is below it, and a second deletion says so
    safe         reading changes nothing
    documented   every answer has a documented status, and what is documented for it
    paged        pages hold every row once, in the order of the whole list, and tell one total

Every step is also put to the twin, where there is one, and where there is a tap it is looked at as
it arrives: a story is a check of parity, and of what was received, as well.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from contract_tests.drift.schemas.request_and_answer_schemas import without
from contract_tests.hops.paired_client import PairedClient, PairedExchange, SentRequest
from contract_tests.stories.broken_promises import BrokenPromise, Kind, broken
from contract_tests.stories.filter_choices import choices
from contract_tests.stories.further_pages import MOST_PAGES, FurtherPages, decoded
from contract_tests.stories.paging import (
    counts_pages,
    largest_page,
    size_name,
    turn,
    turned_by,
)
from contract_tests.stories.request_bodies import TEXTS, RequestBody, draft
from contract_tests.stories.resources import Resource, Row, answer_schema, fits, largest

JSON: Final = {"Content-Type": "application/json"}
_GONE: Final = frozenset({404, 410})
# A change is for who says which state of the row it is of (RFC 6585, 3; RFC 9110, 13.1.1).
_WANTS_STATE: Final = frozenset({412, 428})


class LifecycleChecks:
    """Tells the stories of one resource; each method yields what was broken on its way."""

    def __init__(self, sides: PairedClient, resource: Resource) -> None:
        self.sides = sides
        self.resource = resource
        self._pages_of = FurtherPages(resource, lambda target: self.ask("GET", target))
        self._broken: list[BrokenPromise] = []

    def __repr__(self) -> str:
        """Show what is told of."""
        return f"<LifecycleChecks of {self.resource.path}>"

    def stories(self) -> Iterator[BrokenPromise]:
        """Tell all of them."""
        rows = self.rows("")
        yield from self._told()
        yield from self.paged()
        pattern = rows[-1] if rows else {}
        for one, other in itertools.pairwise([*TEXTS, TEXTS[0]]):
            yield from self.life(pattern, one, other)

    def life(self, pattern: Row, text: str, other: str) -> Iterator[BrokenPromise]:
        """Tell a row's life: it is made after the pattern of another, with a text of ours in it."""
        create = self.resource.create
        tries = [draft(create, pattern, text, turned=t) for t in (True, False)] if create else []
        for born in tries:
            if born is None:
                return
            created = self.ask("POST", self.resource.path, born)
            if _well(created):
                yield from self._born(created, born, other)
                return
        if tries:
            self._shape(created, "takes what fits its schema")
            yield from self._told()

    def _born(
        self, created: PairedExchange, born: RequestBody, other: str
    ) -> Iterator[BrokenPromise]:
        row = self._row_in(created)
        self._made(created)
        if not row:
            self._shape(created, "answers with the row that was created")
            yield from self._told()
            return
        self._same(created, born.sent, row, "answers with what was sent")
        yield from self._lived(row, other)

    def _made(self, created: PairedExchange) -> None:
        """Note a row that was made with another status than the stack file says."""
        due = self.resource.form.created
        if due and created.gateway.status not in due:
            self._shape(created, f"answers with {' or '.join(map(str, due))} where a row was made")

    def _lived(self, row: Row, other: str) -> Iterator[BrokenPromise]:
        self._found(row)
        key = self.resource.key(row)
        if key is not None:
            self._read(key, row, "is readable once it was created")
            self._changed(key, row, other)
            self._deleted(key)
        yield from self._told()

    def _changed(self, key: str, row: Row, text: str) -> None:
        change = self.resource.change
        changed = draft(change, row, text) if change else None
        if change is None or changed is None:
            return
        answer = self._written(change.method, key, changed)
        if not _well(answer):
            self._shape(answer, "takes a change that fits its schema")
            return
        self._read(key, row | changed.sent, "reads as it was changed")

    def _deleted(self, key: str) -> None:
        if self.resource.delete is None:
            return
        below = [path for path in self.resource.all_below(key) if _well(self.ask("GET", path))]
        answer = self._written("DELETE", key)
        if not _well(answer):
            self._shape(answer, "deletes what it made")
            return
        for method in ("GET", "DELETE") if self.resource.read else ("DELETE",):
            again = self.ask(method, self.resource.at(key))
            if again.gateway.status not in _GONE:
                self._shape(again, "says that a deleted row is gone")
        for path in below:
            again = self.ask("GET", path)
            # By its document alone nobody knows: many say of every path that an id may be unknown.
            is_due = again.owner in _GONE or self.resource.is_due_gone(path)
            if is_due and again.gateway.status not in _GONE:
                self._shape(again, "says that what is below a deleted row is gone")

    def _written(self, method: str, key: str, body: RequestBody | None = None) -> PairedExchange:
        """Ask for a row to be another, or gone; of the state that is read, where one is wanted."""
        answer = self.ask(method, self.resource.at(key), body)
        if answer.gateway.status not in _WANTS_STATE or self.resource.read is None:
            return answer
        state = self.ask("GET", self.resource.at(key)).gateway.headers.get("etag")
        if state is None:
            return answer
        return self.ask(method, self.resource.at(key), body, {"If-Match": state})

    def _read(self, key: str, row: Row, promise: str) -> None:
        if self.resource.read is None:
            return
        for _ in range(2):  # reading must not change what is read
            answer = self.ask("GET", self.resource.at(key))
            self._same(answer, row, self._row_in(answer), promise)

    def _found(self, row: Row) -> None:
        for name, schema in self.resource.queried().items():
            value = row.get(name)
            if isinstance(value, str) and value and fits(schema, value):
                for query in (quote(value, safe=""), urlencode({"": value})[1:]):
                    self._listed(row, name, f"?{quote(name)}={query}")
                for other in choices(self.resource, name):
                    if other != value:
                        self._lists_only(name, other)

    def _lists_only(self, name: str, value: str) -> None:
        """Ask for another value than that of a row which is there: a filter that is lost shows."""
        answer = self.ask("GET", f"{self.resource.path}?{quote(name)}={quote(value, safe='')}")
        self._none_else(answer, self._rows_in(answer), name, value)

    def _listed(self, row: Row, name: str, query: str) -> None:
        answer = self.ask("GET", f"{self.resource.path}{query}")
        rows, whole = self._rows_in(answer), True
        if row not in rows:
            further, whole = self._pages_of.after(answer, query)
            rows += further
        # Of a list that goes on past what is looked through, nobody can say what it has not.
        if rows.count(row) > 1 or (whole and row not in rows):
            self._shape(answer, f"lists a row once where {name} is asked for by its value")
        self._none_else(answer, rows, name, str(row[name]))

    def _none_else(self, answer: PairedExchange, rows: list[Row], name: str, value: str) -> None:
        # A filter may well ask for a part of the value.
        if any(value.lower() not in str(one.get(name)).lower() for one in rows):
            self._shape(answer, f"lists no row of another {name} than the one asked for")

    def paged(self) -> Iterator[BrokenPromise]:
        """Tell whether pages hold every row once, in the order of the whole list."""
        limit, turned = size_name(self.resource), turned_by(self.resource)
        if limit is None:
            return
        most = largest(self.resource.queried()[limit])
        whole = self.ask("GET", f"{self.resource.path}{largest_page(self.resource)}")
        rows = self._rows_in(whole)
        if turned is not None and len(rows) < most:
            self._pages(limit, turned, rows)
        elif turned is None and self._pages_of.next(whole) is None:
            self._cursor_pages(limit, rows)
        yield from self._told()

    def _cursor_pages(self, limit: str, whole: list[Row]) -> None:
        """Ask for the same rows in smaller pages, each with the cursor of the one before it."""
        query = f"?{limit}={max(3, len(whole) // 7 + 1)}"
        first = self.ask("GET", f"{self.resource.path}{query}")
        pages = list(self._pages_of.by_cursor(query, first))
        # One page alone is a list that names no cursor: nothing is known of how it goes on.
        if len(pages) > 1 and [r for one in pages for r in self._rows_in(one)] != whole:
            self._shape(pages[1], "pages without loss or repeat")

    def _pages(self, limit: str, turned: str, whole: list[Row]) -> None:
        size = max(3, len(whole) // 7 + 1)
        # Behind the last row there is an empty page, and no page of that number.
        end = min(len(whole), size * MOST_PAGES) + (0 if counts_pages(turned) else 1)
        for number, start in enumerate(range(0, end, size)):
            at = turn(self.resource, turned, start, number)
            answer = self.ask("GET", f"{self.resource.path}?{limit}={size}&{turned}={at}")
            if self._rows_in(answer) != whole[start : start + size]:
                self._shape(answer, "pages without loss or repeat")
            if self.resource.total(decoded(answer)) not in {None, len(whole)}:
                self._shape(answer, "tells the number of all rows with each page")

    def rows(self, query: str) -> list[Row]:
        """Return the rows of a list."""
        return self._rows_in(self.ask("GET", f"{self.resource.path}{query}"))

    def _rows_in(self, answer: PairedExchange) -> list[Row]:
        return self.resource.rows(decoded(answer))

    def _row_in(self, answer: PairedExchange) -> Row:
        return self.resource.row(decoded(answer)) if _well(answer) else {}

    def ask(
        self,
        method: str,
        target: str,
        body: RequestBody | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> PairedExchange:
        """Ask both sides; note where they differ, and a failure of the gateway."""
        sent = SentRequest(
            method=method,
            target=target,
            headers={**({"Content-Type": body.kind} if body else {}), **(headers or {})},
            body=body.encoded() if body else None,
        )
        answer = self.sides.ask(sent)
        for one in answer.differing:
            self._note("parity", answer, one.sentence, what=one.what)
        for said in answer.altered:
            self._note("received", answer, said, what=said.partition(":")[0])
        if answer.gateway.status == 0 or answer.gateway.status >= 500:  # noqa: PLR2004 -- HTTP
            self._shape(answer, "answers")
        else:
            self._documented(answer)
        return answer

    def _documented(self, answer: PairedExchange) -> None:
        operation = self.resource.operation(answer.sent.method, answer.sent.target)
        kind = answer.gateway.headers.get("content-type", "")
        schema = answer_schema(operation, answer.gateway.status, kind) if operation else {}
        if schema is None:
            self._shape(answer, "answers with a documented status")
        elif answer.gateway.body and not fits(without(schema, "writeOnly"), decoded(answer)):
            self._shape(answer, "answers as its document says")

    def _same(self, answer: PairedExchange, expected: Row, seen: Row, promise: str) -> None:
        off = [n for n, v in expected.items() if n in seen and not _equal(seen[n], v)]
        lost = not seen
        if off or lost:
            told = ", ".join(f"{n} is {seen[n]!r} and not {expected[n]!r}" for n in off)
            said = f"not kept: it {promise}; {told or 'no row'}"
            self._note("promise", answer, said, promise=promise)

    def _shape(self, answer: PairedExchange, promise: str) -> None:
        text = answer.gateway.body[:200].decode(errors="replace")
        said = f"not kept: it {promise}; seen {answer.gateway.status} {text}"
        self._note("promise", answer, said, promise=promise)

    def _note(
        self, kind: Kind, answer: PairedExchange, said: str, *, promise: str = "", what: str = ""
    ) -> None:
        self._broken.append(self.broken(kind, answer, said, promise=promise, what=what))

    def broken(
        self, kind: Kind, answer: PairedExchange, said: str, *, promise: str = "", what: str = ""
    ) -> BrokenPromise:
        """Return what an exchange shows to be broken, said in half a sentence."""
        return broken(self.sides, kind, answer, said, promise=promise, what=what)

    def _told(self) -> Iterator[BrokenPromise]:
        told, self._broken = self._broken, []
        yield from told


def _equal(one: Any, other: Any) -> bool:  # noqa: ANN401 -- any JSON
    return type(one) is type(other) and bool(one == other)


def _well(answer: PairedExchange) -> bool:
    return 200 <= answer.gateway.status < 300  # noqa: PLR2004 -- HTTP
