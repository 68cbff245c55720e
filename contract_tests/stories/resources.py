"""Finds the resources that a document publishes: a collection, and what can be done to one item.

A collection is a GET without parameters in its path that answers an array of objects; its items are
what one more parameter behind that path names. Nothing is known of any name: an item's key is the
field whose value fits the path's parameter, and whose name the parameter's name ends with. The
array may stand in an envelope (`list_forms`), and a stack file may say all that nobody can guess.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct

from contract_tests.drift.documents import Document, Key, Operation, Schema, operations, unnamed
from contract_tests.drift.media_types import of_media_type
from contract_tests.drift.required_parameters import Parameters
from contract_tests.drift.validation import fits
from contract_tests.stories.list_forms import ListForm, at, guessed, keys
from testcontainers_fixtures.http_client.answer_bodies import kind_of
from testcontainers_fixtures.stack_file.contract_spec import CollectionSpec

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
_GONE: Final = frozenset({"404", "410", "4XX"})
# What no path is documented with that says it of ids which never were.
_GONE_FOR_GOOD: Final = "410"
_CHANGES: Final = ("PATCH", "PUT")


class Resource(Struct, frozen=True, kw_only=True):
    """A collection's operations and its items'; what is not published is None.

    `parameters` has what each of them requires beside its path, `form` where in answers rows are.
    `below` are the GETs behind an item's path that may say that it is gone, `gone` those of them
    that are to.
    """

    path: str
    form: ListForm = ListForm()
    parameters: Parameters
    listing: Operation
    create: Operation | None
    read: Operation | None
    change: Operation | None
    delete: Operation | None
    below: tuple[Operation, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def item(self) -> Operation | None:
        """Return one operation on an item, whichever is there."""
        return self.read or self.change or self.delete

    def rows(self, answer: object) -> list[Row]:
        """Return the rows of the listing's answer, as it was decoded; none where it is no list."""
        held = at(answer, self.form.rows)
        return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []

    def total(self, answer: object) -> int | None:
        """Return how many rows there are, as the listing's answer says; None where it does not."""
        said = at(answer, self.form.total) if self.form.total is not None else None
        return said if isinstance(said, int) and not isinstance(said, bool) else None

    def row(self, answer: object) -> Row:
        """Return the row in an answer about one, as it was decoded; empty where there is none."""
        held = at(answer, self.form.row)
        return held if isinstance(held, dict) else {}

    def key(self, row: Row) -> str | None:
        """Return what names the row in a path; None where no field can be told to."""
        if self.item is None:
            return None
        if self.form.id is not None:
            told = at(row, self.form.id)
            return quote(str(told), safe="") if isinstance(told, str | int) else None
        described = [p.schema for p in self.item.parameters.values() if p.place == "path"]
        for field in sorted(keys(self.item, row), key=len, reverse=True):
            if isinstance(row[field], str | int) and all(
                fits(one, row[field]) for one in described
            ):
                return quote(str(row[field]), safe="")
        return None

    def operation(self, method: str, target: str) -> Operation | None:
        """Return the operation that a request is for."""
        key, _, behind = target.partition("?")[0].removeprefix(self.path).strip("/").partition("/")
        on_one = (self.read, self.change, self.delete) if key else (self.listing, self.create)
        known = [one for one in self.below if _behind(one) == behind] if behind else on_one
        return next((one for one in known if one and one.method == method), None)

    def at(self, key: str) -> str:
        """Return the path of an item."""
        return f"{self.path}/{key}"

    def all_below(self, key: str) -> list[str]:
        """Return the paths of what may be gone with an item."""
        return [f"{self.at(key)}/{_behind(one)}" for one in self.below]

    def is_due_gone(self, path: str) -> bool:
        """Tell whether what is behind an item is to be gone with it: a history is not, say."""
        operation = self.operation("GET", path)
        return operation is not None and (
            _GONE_FOR_GOOD in operation.answers or f"/{_behind(operation)}" in self.gone
        )

    def queried(self) -> dict[str, Schema]:
        """Return the schemas of the listing's query parameters, by name."""
        return {p.name: p.schema for p in self.listing.parameters.values() if p.place == "query"}


def largest(schema: Schema) -> int:
    """Return the largest number that a parameter may say, if its document names one of use."""
    most = schema.get("maximum", MOST_ROWS)
    usable = isinstance(most, int | float) and 1 <= most <= _MOST_EXACT
    return int(most) if usable else MOST_ROWS


def resources(
    document: Document, told: Mapping[str, CollectionSpec] | None = None
) -> list[Resource]:
    """Return every resource of a document, in its order; `told` is said of some, by their paths."""
    found, parameters = operations(document), Parameters(document)
    known = told or {}
    return [
        one
        for listing in listings(document)
        if (one := _resource(listing, found, parameters, known.get(listing.path))) is not None
    ]


def listings(document: Document) -> list[Operation]:
    """Return what may list a collection: each GET without parameters in its path."""
    found = operations(document).items()
    return [one for (method, path), one in found if method == "GET" and "{" not in unnamed(path)]


def _resource(
    listing: Operation,
    found: Mapping[Key, Operation],
    parameters: Parameters,
    told: CollectionSpec | None,
) -> Resource | None:
    item = f"{listing.path}/{{}}"
    read, delete = found.get(("GET", item)), found.get(("DELETE", item))
    change = next((one for m in _CHANGES if (one := found.get((m, item)))), None)
    form = guessed(listing, read or change or delete)
    if form is None and told is None:
        return None
    return Resource(
        path=listing.path,
        form=(form or ListForm()).told(told),
        parameters=parameters,
        listing=listing,
        create=found.get(("POST", listing.path)),
        read=read,
        change=change,
        delete=delete,
        below=tuple(_below(item, found, told.gone if told else ())),
        gone=told.gone if told else (),
    )


def _below(item: str, found: Mapping[Key, Operation], gone: Collection[str]) -> Iterator[Operation]:
    """Yield each GET behind an item that names nothing more, and may say that it is gone."""
    for (method, path), operation in found.items():
        behind = path.removeprefix(item)
        if method != "GET" or behind == path or behind[:1] != "/" or "{" in behind:
            continue
        if behind in gone or _GONE & set(operation.answers):
            yield operation


def _behind(operation: Operation) -> str:
    return unnamed(operation.path).rpartition("{}/")[2]


def answer_schema(operation: Operation, status: int, kind: str) -> Schema | None:
    """Return the schema of an answer of a content type: {} where any will do.

    None where its status is undocumented. What is documented as no JSON is not judged; what is
    documented as neither is held to be the JSON that is.
    """
    names = (str(status), f"{status // 100}XX", "default")
    answer = next((operation.answers[n] for n in names if n in operation.answers), None)
    if answer is None:
        return None
    known = {kind_of(one): schema for one, schema in answer.content.schemas.items()}
    said = of_media_type(kind_of(kind), known) if kind else None
    if said is not None:
        return said if _is_json(kind_of(kind)) else {}
    return next((schema for one, schema in known.items() if _is_json(one)), {})


def _is_json(kind: str) -> bool:
    return kind.endswith(("/json", "+json"))


def body_of(operation: Operation) -> tuple[str, Schema | None]:
    """Return the content type of a JSON body, and its schema; None where there is none."""
    schemas = operation.body.schemas if operation.body else {}
    return next(((kind, s) for kind, s in schemas.items() if "json" in kind), ("", None))
