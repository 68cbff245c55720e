"""Finds where rows with a key of ours can be written, and reads which keys are there.

Places come from the services' documents: a collection whose POST takes a body with free text, made
after the pattern of a row that is there already. Rows are read from the service itself, past the
gateway, so that what a caller was told and what is there have nothing in common but the key.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from contract_tests.documents import Document
from contract_tests.drafts import draft
from contract_tests.parity import Answer
from contract_tests.promises import LIMITS, OFFSETS
from contract_tests.resources import Resource, Row, resources
from contract_tests.sides import Sent, asked
from testcontainers_fixtures.errors import StackError

IDEMPOTENCY_KEY: Final = "idempotency-key"
_MOST_PAGES: Final = 200
_MOST_ROWS: Final = 1_000
_OK: Final = 200


class Entry(Struct, frozen=True, kw_only=True):
    """A body to be written, and the key that stands in it."""

    key: str
    body: bytes


class Place(Struct, frozen=True, kw_only=True):
    """A collection of a service that entries can be written to; `keyed` takes Idempotency-Keys."""

    service: str
    resource: Resource
    pattern: Row
    keyed: bool

    @property
    def path(self) -> str:
        """Return the collection's path."""
        return self.resource.path

    def entry(self, prefix: str) -> Entry | None:
        """Return the next entry whose key begins with `prefix`; None where no text is free."""
        made = draft(self.resource.create, self.pattern, prefix) if self.resource.create else None
        keys = keys_in(made.sent, prefix) if made else set()
        return Entry(key=keys.pop(), body=made.encoded()) if made and len(keys) == 1 else None

    def item(self, row: Row) -> str | None:
        """Return the path of an item that can be read; None where none can."""
        key = self.resource.key(row) if self.resource.read else None
        return None if key is None else self.resource.at(key)


def places(documents: Mapping[str, Document], services: Mapping[str, str]) -> list[Place]:
    """Return every place of the services, which must hold a row each to serve as a pattern."""
    found = [
        Place(service=name, resource=one, pattern=rows[0], keyed=_keyed(one))
        for name, url in services.items()
        for one in resources(documents[name])
        if one.create and (rows := _page(url, one, 0))
    ]
    return [place for place in found if place.entry("probe-")]


def keys_in(row: Row, prefix: str) -> set[str]:
    """Return the keys in the texts of a row."""
    pattern = re.compile(rf"{re.escape(prefix)}\d+")
    texts = (value for value in row.values() if isinstance(value, str))
    return {key for text in texts for key in pattern.findall(text)}


def counted(place: Place, url: str, prefix: str) -> Counter[str]:
    """Return how many rows of a place hold each key; raise StackError where it cannot be read."""
    found: Counter[str] = Counter()
    for row in _rows(url, place.resource):
        found.update(keys_in(row, prefix))
    return found


def _rows(url: str, resource: Resource) -> Iterator[Row]:
    start = 0
    for _ in range(_MOST_PAGES):
        page = _page(url, resource, start)
        yield from page
        start += len(page)
        if not page or len(page) < _limit(resource) or not _named(resource, OFFSETS):
            return
    raise StackError(f"{resource.path} has more than {start} rows: start the stack over.")


def _page(url: str, resource: Resource, start: int) -> list[Row]:
    asked_for = {_named(resource, LIMITS): _limit(resource), _named(resource, OFFSETS): start}
    query = "&".join(f"{name}={value}" for name, value in asked_for.items() if name)
    answer = _asked_twice(url, Sent(method="GET", target=f"{resource.path}?{query}"))
    if answer.status != _OK:
        raise StackError(f"Expected 200 from GET {resource.path} at {url}; seen: {answer.status}.")
    rows: list[Any] = msgspec.json.decode(answer.body)
    return [row for row in rows if isinstance(row, dict)]


def _asked_twice(url: str, sent: Sent) -> Answer:
    """Ask once more where a worker that has just come up closed the first connection."""
    answer = asked(url, sent)
    return answer if answer.status else asked(url, sent)


def _limit(resource: Resource) -> int:
    name = _named(resource, LIMITS)
    return int(resource.queried()[name].get("maximum", _MOST_ROWS)) if name else _MOST_ROWS


def _named(resource: Resource, names: frozenset[str]) -> str | None:
    return next((name for name in resource.queried() if name.lower() in names), None)


def _keyed(resource: Resource) -> bool:
    parameters = resource.create.parameters.values() if resource.create else ()
    return any(p.place == "header" and p.name.lower() == IDEMPOTENCY_KEY for p in parameters)


def in_turn(found: list[Place]) -> Iterator[Place]:
    """Yield the places in turn, without end."""
    return itertools.cycle(found)
