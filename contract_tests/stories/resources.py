"""Finds the resources that a document publishes: a collection, and what can be done to one item.

A collection is a GET without parameters in its path that answers an array of objects; its items are
what one more parameter behind that path names. Nothing is known of any name: an item's key is the
field whose value fits the path's parameter, and whose name the parameter's name ends with.
"""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct

from contract_tests.drift.documents import Document, Operation, Schema, operations, unnamed
from contract_tests.drift.required_parameters import Parameters
from contract_tests.drift.schema_differences import followed
from contract_tests.drift.validation import fits

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

    `parameters` has what each of them requires beside its path.
    """

    path: str
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

    def key(self, row: Row) -> str | None:
        """Return what names the row in a path; None where no field can be told to."""
        if self.item is None:
            return None
        name = self.item.path.rpartition("{")[2].partition("}")[0]
        described = [p.schema for p in self.item.parameters.values() if p.place == "path"]
        named = [field for field in row if name == field or name.endswith(field)]
        for field in sorted(named, key=len, reverse=True):
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
        Resource(
            path=listing.path,
            parameters=parameters,
            listing=listing,
            create=found.get(("POST", listing.path)),
            read=found.get(("GET", f"{listing.path}/{{}}")),
            change=_first(found.get((method, f"{listing.path}/{{}}")) for method in _CHANGES),
            delete=found.get(("DELETE", f"{listing.path}/{{}}")),
        )
        for (method, path), listing in found.items()
        if method == "GET" and "{" not in unnamed(path) and _lists(listing)
    ]


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


def _lists(operation: Operation) -> bool:
    return any(
        followed(schema).get("type") == "array"
        for status, answer in operation.answers.items()
        if status.startswith("2")
        for schema in answer.content.schemas.values()
    )


def _first(found: Iterator[Operation | None]) -> Operation | None:
    return next((one for one in found if one is not None), None)
