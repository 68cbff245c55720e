"""Finds the resources that a document publishes: a collection, and what can be done to one item.

A collection is a GET without parameters in its path that answers an array of objects; its items are
what one more parameter behind that path names. Nothing is known of any name: an item's key is the
field whose value fits the path's parameter, and whose name the parameter's name ends with. The
array may stand in an envelope, an object with a total or a link to the next page beside it: where
it is the only array of objects there, and these have a field that can be an item's key.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct

from contract_tests.drift.documents import Document, Key, Operation, Schema, operations, unnamed
from contract_tests.drift.required_parameters import Parameters
from contract_tests.drift.schemas.schema_differences import followed
from contract_tests.drift.validation import branches, fits, properties

__all__ = [
    "MOST_ROWS",
    "Resource",
    "Row",
    "answer_schema",
    "body_of",
    "fits",
    "largest",
    "resources",
]

# How many rows are asked for where no document says how many may be.
MOST_ROWS: Final = 1_000
# The largest whole number that every JSON reader keeps exactly.
_MOST_EXACT: Final = 2**53 - 1

Row = dict[str, Any]
_CHANGES: Final = ("PATCH", "PUT")


class Resource(Struct, frozen=True, kw_only=True):
    """A collection's operations and its items'; what is not published is None.

    `parameters` has what each of them requires beside its path. `envelope` is the field of an
    answer that holds the rows, "" where the answer is the array itself.
    """

    path: str
    envelope: str = ""
    parameters: Parameters
    listing: Operation
    create: Operation | None
    read: Operation | None
    change: Operation | None
    delete: Operation | None

    @property
    def item(self) -> Operation | None:
        """Return one operation on an item, whichever is there."""
        return self.read or self.change or self.delete

    def rows(self, answer: object) -> list[Row]:
        """Return the rows of the listing's answer, as it was decoded; none where it is no list."""
        held = answer
        if self.envelope:
            held = answer.get(self.envelope) if isinstance(answer, dict) else None
        return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []

    def key(self, row: Row) -> str | None:
        """Return what names the row in a path; None where no field can be told to."""
        if self.item is None:
            return None
        described = [p.schema for p in self.item.parameters.values() if p.place == "path"]
        for field in sorted(_keys(self.item, row), key=len, reverse=True):
            if isinstance(row[field], str | int) and all(
                fits(one, row[field]) for one in described
            ):
                return quote(str(row[field]), safe="")
        return None

    def operation(self, method: str, target: str) -> Operation | None:
        """Return the operation that a request is for."""
        on_all = (self.listing, self.create)
        known = on_all if target.partition("?")[0] == self.path else (
            self.read, self.change, self.delete
        )  # fmt: skip
        return next((one for one in known if one and one.method == method), None)

    def at(self, key: str) -> str:
        """Return the path of an item."""
        return f"{self.path}/{key}"

    def queried(self) -> dict[str, Schema]:
        """Return the schemas of the listing's query parameters, by name."""
        return {p.name: p.schema for p in self.listing.parameters.values() if p.place == "query"}


def largest(schema: Schema) -> int:
    """Return the largest number that a parameter may say, if its document names one of use."""
    most = schema.get("maximum", MOST_ROWS)
    usable = isinstance(most, int | float) and 1 <= most <= _MOST_EXACT
    return int(most) if usable else MOST_ROWS


def resources(document: Document) -> list[Resource]:
    """Return every resource of a document, in its order."""
    found, parameters = operations(document), Parameters(document)
    return [
        one
        for listing in listings(document)
        if (one := _resource(listing, found, parameters)) is not None
    ]


def listings(document: Document) -> list[Operation]:
    """Return what may list a collection: each GET without parameters in its path."""
    found = operations(document).items()
    return [one for (method, path), one in found if method == "GET" and "{" not in unnamed(path)]


def _resource(
    listing: Operation, found: Mapping[Key, Operation], parameters: Parameters
) -> Resource | None:
    item = f"{listing.path}/{{}}"
    read, delete = found.get(("GET", item)), found.get(("DELETE", item))
    change = next((one for m in _CHANGES if (one := found.get((m, item)))), None)
    envelope = _envelope(listing, read or change or delete)
    if envelope is None:
        return None
    return Resource(
        path=listing.path,
        envelope=envelope,
        parameters=parameters,
        listing=listing,
        create=found.get(("POST", listing.path)),
        read=read,
        change=change,
        delete=delete,
    )


def answer_schema(operation: Operation, status: int) -> Schema | None:
    """Return the schema of a JSON answer: {} where any will do, None where it is undocumented."""
    names = (str(status), f"{status // 100}XX", "default")
    answer = next((operation.answers[n] for n in names if n in operation.answers), None)
    if answer is None:
        return None
    return next((s for kind, s in answer.content.schemas.items() if "json" in kind), {})


def body_of(operation: Operation) -> tuple[str, Schema | None]:
    """Return the content type of a JSON body, and its schema; None where there is none."""
    schemas = operation.body.schemas if operation.body else {}
    return next(((kind, s) for kind, s in schemas.items() if "json" in kind), ("", None))


def _envelope(listing: Operation, item: Operation | None) -> str | None:
    """Return the field that holds the rows, "" for an array of them; None where no list is."""
    answered = [
        followed(schema)
        for status, answer in listing.answers.items()
        if status.startswith("2")
        for schema in answer.content.schemas.values()
    ]
    if any(one.get("type") == "array" for one in answered):
        return ""
    names = (_enveloped(one, item) for one in answered) if item else ()
    return next((name for name in names if name), None)


def _enveloped(schema: Schema, item: Operation) -> str | None:
    """Return the only field with an array of objects, if these have a field that can be a key."""
    arrays = {
        name: fields
        for name, one in properties(schema).items()
        if (fields := _fields_in(one, schema))
    }
    [only, *others] = arrays or [""]
    return only if only and not others and _keys(item, arrays[only]) else None


def _fields_in(schema: Any, root: Schema) -> set[str]:  # noqa: ANN401 -- a schema may be a boolean
    """Return the fields of the objects that an array holds; none where it is no such array."""
    arrays = [one for one in branches(schema, root) if one.get("type") == "array"]
    return {
        name
        for array in arrays
        for one in branches(array.get("items"), root)
        for name in properties(one)
    }


def _keys(item: Operation, fields: Iterable[str]) -> list[str]:
    """Return the fields that may name an item in its path, by their own names."""
    name = item.path.rpartition("{")[2].partition("}")[0]
    return [field for field in fields if name == field or name.endswith(field)]
