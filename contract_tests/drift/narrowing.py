"""Makes documents of one operation, in which the disputed place takes the disputed values alone.

They are written from operations as they were compared, so in OpenAPI 3.1 whatever was published,
with path parameters named by their places. What is optional is left out: a request shall differ
from what both sides agree on in one thing.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.drift.documents import Content, Operation, Parameter, Schema, unnamed
from contract_tests.drift.drift_sentences import DocumentDifference
from contract_tests.drift.embedding import embedded
from contract_tests.drift.schemas.disputed_values import otherwise

BODY: Final = "body"
_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_PART: Final = "part"


class Narrowed(Struct, frozen=True, kw_only=True):
    """A document with one operation, and where that is."""

    document: dict[str, Any]
    path: str
    method: str


def narrowed(
    difference: DocumentDifference, published: Operation, mirror: Operation | None
) -> Iterator[Narrowed]:
    """Yield a document for each kind of request that may show a difference; none where none can.

    `published` is the service's operation, `mirror` the gateway's.
    """
    if difference.kind == "operation":
        yield _narrowed(published, _required(published), published.body)
    elif difference.at[:1] == (BODY,):
        yield from _of_bodies(difference, published, mirror)
    elif difference.at:
        yield from _of_parameters(difference, published, mirror)


def _of_parameters(
    difference: DocumentDifference, published: Operation, mirror: Operation | None
) -> Iterator[Narrowed]:
    key = difference.at
    rest = [one for one in _required(published) if (one.place, one.name) != key]
    sides = [side.parameters for side in (published, mirror) if side is not None]
    known = [one for side in sides for k, one in side.items() if k == key]
    for one in known[:1]:
        values = [difference.only_gateway, difference.only_service, one.schema]
        # Of what one side does not know, it does not know what is wrong either.
        values += [otherwise(one.schema)] if len(known) == 1 else []
        for schema in (value for value in values if value is not None):
            disputed = replace(one, required=True, schema=schema)
            yield _narrowed(published, [*rest, disputed], published.body)
    if key[0] != "path":
        yield _narrowed(published, rest, published.body)


def _of_bodies(
    difference: DocumentDifference, published: Operation, mirror: Operation | None
) -> Iterator[Narrowed]:
    kinds = difference.at[1:]
    bodies = [side.body for side in (published, mirror) if side is not None and side.body]
    known = [(k, s) for body in bodies for k, s in body.schemas.items() if k in kinds or not kinds]
    for kind, schema in known[:1]:
        for values in (difference.only_gateway, difference.only_service, schema):
            if values is not None:
                body = Content(required=True, schemas={kind: values})
                yield _narrowed(published, _required(published), body)
    if not kinds:
        yield _narrowed(published, _required(published), None)


def _required(operation: Operation) -> list[Parameter]:
    return [one for one in operation.parameters.values() if one.required or one.place == "path"]


def _narrowed(
    operation: Operation, parameters: Sequence[Parameter], body: Content | None
) -> Narrowed:
    schemas: dict[str, Any] = {}
    path, places = _numbered(operation.path)
    said = {
        "parameters": _parameters(parameters, places, schemas),
        "responses": {"default": {"description": "any answer"}},
    }
    if body is not None and body.required:
        content = {k: {"schema": embedded(s, _PART, schemas)} for k, s in body.schemas.items()}
        said["requestBody"] = {"required": True, "content": content}
    method = operation.method.lower()
    document = {
        "openapi": "3.1.0",
        "info": {"title": operation.label, "version": "1"},
        "paths": {path: {method: said}},
        "components": {"schemas": schemas},
    }
    return Narrowed(document=document, path=path, method=method)


def _numbered(path: str) -> tuple[str, list[str]]:
    """Return a path with the places of its parameters for their names, and these."""
    pieces, numbers = unnamed(path).split("{}"), count(1)
    places = [str(next(numbers)) for _ in pieces[1:]]
    named = "".join(f"{{{one}}}{piece}" for one, piece in zip(places, pieces[1:], strict=True))
    return pieces[0] + named, places


def _parameters(
    parameters: Sequence[Parameter], places: Sequence[str], schemas: dict[str, Any]
) -> list[Schema]:
    """Return them as they stand in a document; one of the path that is not described is text."""
    known = {(one.place, one.name) for one in parameters}
    found = [_parameter(one, schemas) for one in parameters if _stands(one, places)]
    unknown = [name for name in places if ("path", name) not in known]
    return found + [_said("path", name, _TEXT) for name in unknown]


def _stands(one: Parameter, places: Sequence[str]) -> bool:
    return one.place != "path" or one.name in places


def _parameter(one: Parameter, schemas: dict[str, Any]) -> Schema:
    how = {"style": one.style, "explode": one.explode}
    return _said(one.place, one.name, embedded(one.schema, _PART, schemas)) | how


def _said(place: str, name: str, schema: Schema) -> Schema:
    return {"in": place, "name": name, "required": True, "schema": schema}
