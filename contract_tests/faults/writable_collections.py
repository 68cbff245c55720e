"""Finds where rows with a key of ours can be written.

Places come from the services' documents: a collection whose POST takes a body with free text, made
after the pattern of a row that is there already.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from contract_tests.drift.documents import Document
from contract_tests.stories.request_bodies import draft
from contract_tests.stories.resources import Resource, Row, resources

IDEMPOTENCY_KEY: Final = "idempotency-key"


class WritableEntry(Struct, frozen=True, kw_only=True):
    """A body to be written, and the key that stands in it."""

    key: str
    body: bytes
    kind: str = "application/json"


class WritableCollection(Struct, frozen=True, kw_only=True):
    """A collection of a service that entries can be written to; `keyed` takes Idempotency-Keys."""

    service: str
    resource: Resource
    pattern: Row
    keyed: bool

    @property
    def path(self) -> str:
        """Return the collection's path."""
        return self.resource.path

    def entry(self, prefix: str) -> WritableEntry | None:
        """Return the next entry whose key begins with `prefix`; None where no text is free."""
        made = draft(self.resource.create, self.pattern, prefix) if self.resource.create else None
        keys = keys_in(made.sent, prefix) if made else set()
        if made is None or len(keys) != 1:
            return None
        return WritableEntry(key=keys.pop(), body=made.encoded(), kind=made.kind)

    def item(self, row: Row) -> str | None:
        """Return the path of an item that can be read; None where none can."""
        key = self.resource.key(row) if self.resource.read else None
        return None if key is None else self.resource.at(key)


def writable_collections(
    documents: Mapping[str, Document],
    services: Mapping[str, str],
    page: Callable[[str, Resource], list[Row]],
) -> list[WritableCollection]:
    """Return every place of the services, which must hold a row each to serve as a pattern.

    `page` reads the first rows of a list, given a service's URL.
    """
    found = [
        WritableCollection(service=name, resource=one, pattern=rows[0], keyed=_keyed(one))
        for name, url in services.items()
        for one in resources(documents.get(name, {}))
        if one.create and (rows := page(url, one))
    ]
    return [place for place in found if place.entry("probe-")]


def keys_in(row: Row, prefix: str) -> set[str]:
    """Return the keys in the texts of a row."""
    pattern = re.compile(rf"{re.escape(prefix)}\d+")
    texts = (value for value in row.values() if isinstance(value, str))
    return {key for text in texts for key in pattern.findall(text)}


def _keyed(resource: Resource) -> bool:
    parameters = resource.create.parameters.values() if resource.create else ()
    return any(p.place == "header" and p.name.lower() == IDEMPOTENCY_KEY for p in parameters)


def in_turn(found: list[WritableCollection]) -> Iterator[WritableCollection]:
    """Yield the places in turn, without end."""
    return itertools.cycle(found)
