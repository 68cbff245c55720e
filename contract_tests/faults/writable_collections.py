"""Finds where rows with a key of ours can be written, so that account can be kept of each.

Places come from the services' documents: a collection whose POST takes a body with free text, made
after the pattern of a row that is there already, and answers with the row.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from contract_tests.drift.documents import Document, Operation, Schema
from contract_tests.faults.row_source import RowSource
from contract_tests.stories.request_bodies import draft, fields
from contract_tests.stories.resources import Resource, Row, listings, resources
from reports.record.number_formats import short
from testcontainers_fixtures.stack_file.contract_spec import CollectionSpec

IDEMPOTENCY_KEY: Final = "idempotency-key"
_PROBE: Final = "probe-"
# In one sentence; a service may publish hundreds.
_SHOWN: Final = 3
_MOST_CHARACTERS: Final = 80
Page = Callable[[RowSource, Resource], list[Row]]


class WritableEntry(Struct, frozen=True, kw_only=True):
    """A body to be written, and the key that stands in some fields of it."""

    key: str
    fields: frozenset[str]
    body: bytes
    kind: str = "application/json"


class WritableCollection(Struct, frozen=True, kw_only=True):
    """A collection of a service that entries can be written to; `keyed` takes Idempotency-Keys.

    `source` is where its rows are read, to keep account of them.
    """

    service: str
    resource: Resource
    pattern: Row
    keyed: bool
    source: RowSource = RowSource(url="")

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
        key = keys.pop()
        named = frozenset(name for name, one in made.sent.items() if keys_in({name: one}, prefix))
        return WritableEntry(key=key, fields=named, body=made.encoded(), kind=made.kind)

    def item(self, row: Row) -> str | None:
        """Return the path of an item that can be read; None where none can."""
        key = self.resource.key(row) if self.resource.read else None
        return None if key is None else self.resource.at(key)


def writable_collections(
    documents: Mapping[str, Document],
    sources: Mapping[str, RowSource],
    page: Page,
    told: Mapping[str, CollectionSpec] | None = None,
) -> tuple[list[WritableCollection], list[str]]:
    """Return every place of the services, and of what else they list why it is none.

    `page` reads the first rows of a list, where the rows of a service are read; `told` is what the
    stack file says of collections.
    """
    looked = list(_looked_at(documents, sources, page, told))
    return (
        [one for one in looked if isinstance(one, WritableCollection)],
        [one for one in looked if isinstance(one, str)],
    )


def nowhere(system: str, why: Iterable[str]) -> str:
    """Return why no account can be kept of a system's rows, and what would let it be kept."""
    seen = list(why)
    more = f"; and {len(seen) - _SHOWN} more" if len(seen) > _SHOWN else ""
    told = (
        "; ".join(short(one, _MOST_CHARACTERS) for one in seen[:_SHOWN])
        or "no service with openapi in the stack file"
    )
    return (
        f"No account can be kept of the rows of {system}. It takes a service in whose OpenAPI "
        "document one path has a GET that answers an array of objects (or an object with one such "
        "array, in which they have their key) and a POST that takes a free text and answers with "
        "the row, and a row that is there already, as [[seed]] writes it. Where a list stands "
        "elsewhere in its answer, `collections` of [contract] says where; where no service "
        "publishes a document, it names the lists that a [[seed]] POSTs to through the gateway. "
        f"Seen: {told}{more}."
    )


def _looked_at(
    documents: Mapping[str, Document],
    sources: Mapping[str, RowSource],
    page: Page,
    told: Mapping[str, CollectionSpec] | None,
) -> Iterator[WritableCollection | str]:
    for name, source in sources.items():
        if name not in documents:
            yield f"no document of {name}"
            continue
        known = {one.path: one for one in resources(documents[name], told)}
        for listing in listings(documents[name]):
            resource = known.get(listing.path)
            if resource is None:
                yield f"{listing.label} of {name} answers no such array"
            else:
                yield _place(name, source, resource, page)


def _place(service: str, source: RowSource, one: Resource, page: Page) -> WritableCollection | str:
    """Return a collection as a place, or why it is none."""
    if one.create is None:
        return f"{one.path} of {service} has no POST"
    rows = page(source, one)
    if not rows:
        return f"{one.listing.label} of {service} shows no row"
    found = WritableCollection(
        service=service, resource=one, pattern=rows[0], keyed=_keyed(one), source=source
    )
    entry = found.entry(_PROBE)
    if entry is None:
        return f"{one.create.label} of {service} takes no free text"
    if not (one.form.row or _echoes(one.create, entry.fields)):
        return f"{one.create.label} of {service} does not answer with the row"
    return found


def _echoes(create: Operation, sent: frozenset[str]) -> bool:
    """Tell whether the answer to a write may hold a field of it, by all that is documented."""
    answered = [one for status, one in create.answers.items() if status.startswith("2")]
    known = [schema for one in answered for schema in one.content.schemas.values()]
    return not answered or any(_holds(schema, sent) for schema in known)


def _holds(schema: Schema, sent: frozenset[str]) -> bool:
    named = fields(schema).keys()
    return not named or bool(named & sent)


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
