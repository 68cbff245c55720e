"""Reads an OpenAPI document into operations whose schemas stand alone.

A schema stands alone when every `$ref` in it can be followed: it carries the document's components
along. OpenAPI 3.0's `nullable` becomes JSON Schema's own `null`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal
from urllib.parse import unquote

from msgspec import Struct

from testcontainers_fixtures.errors import SpecError

Schema = dict[str, Any]
Document = Mapping[str, Any]
Place = Literal["path", "query", "header", "cookie"]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_STYLES: Final[dict[str, str]] = {
    "query": "form",
    "cookie": "form",
    "path": "simple",
    "header": "simple",
}
_SHOWN_LINKS: Final = 5
_PATH_NAME: Final = re.compile(r"\{[^{}]*\}")


class Parameter(Struct, frozen=True, kw_only=True):
    """One parameter; `name` is what stands on the wire, for a path its place in the template."""

    name: str
    place: Place
    required: bool
    style: str
    explode: bool
    schema: Schema


class Content(Struct, frozen=True, kw_only=True):
    """A body by content type; `required` speaks of a request's."""

    required: bool
    schemas: dict[str, Schema]


class DocumentedResponse(Struct, frozen=True, kw_only=True):
    """What an answer of one status holds."""

    content: Content
    headers: dict[str, Schema]


class Operation(Struct, frozen=True, kw_only=True):
    """One method on one path; answers go by status ("200", "4XX", "default")."""

    method: str
    path: str
    parameters: dict[tuple[Place, str], Parameter]
    body: Content | None
    answers: dict[str, DocumentedResponse]
    security: frozenset[frozenset[str]]

    @property
    def label(self) -> str:
        """Return the operation as people write it: "GET /clients/{client_id}"."""
        return f"{self.method} {self.path}"


Key = tuple[str, str]


def operations(document: Document) -> dict[Key, Operation]:
    """Return a document's operations by method and path, with the path's names made equal."""
    return {(one.method, unnamed(one.path)): one for one in _operations(document)}


def unnamed(path: str) -> str:
    """Return a path template without its parameters' names: they never stand on the wire."""
    return _PATH_NAME.sub("{}", path)


def _operations(document: Document) -> Iterator[Operation]:
    for path, item in document.get("paths", {}).items():
        shared = [_followed(document, one) for one in item.get("parameters", ())]
        for method in METHODS:
            if method in item:
                yield _operation(document, path, method, shared, item[method])


def _operation(
    document: Document, path: str, method: str, shared: list[Schema], said: Schema
) -> Operation:
    own = [_followed(document, one) for one in said.get("parameters", ())]
    body = _followed(document, said["requestBody"]) if "requestBody" in said else None
    return Operation(
        method=method.upper(),
        path=path,
        parameters={
            (p.place, p.name): p
            for one in (*shared, *own)
            for p in [_parameter(document, path, one)]
        },
        body=_content(document, body) if body else None,
        answers={
            str(status): _answer(document, _followed(document, answer))
            for status, answer in said.get("responses", {}).items()
        },
        security=_security(said.get("security", document.get("security", ()))),
    )


def _parameter(document: Document, path: str, said: Schema) -> Parameter:
    place, name = said["in"], said["name"]
    style = said.get("style", _STYLES[place])
    return Parameter(
        name=_position(path, name) if place == "path" else _header(name, place),
        place=place,
        required=said.get("required", False),
        style=style,
        explode=said.get("explode", style == "form"),
        schema=_alone(document, _schema_of(said)),
    )


def _schema_of(said: Schema) -> Schema:
    # A parameter may be described by a content type in place of a schema; then there is one only.
    content: dict[str, Schema] = said.get("content") or {"": said}
    return _exemplified(next(iter(content.values())))


def _exemplified(said: Schema) -> Schema:
    """Return the schema of a parameter or a content, with the examples that stand beside it."""
    schema: Schema = said.get("schema", {})
    named = said.get("examples", {})
    beside = [one["value"] for one in named.values() if "value" in one]
    beside += [said["example"]] if "example" in said else []
    if not beside or not isinstance(schema, dict):
        return schema
    return {**schema, "examples": [*beside, *schema.get("examples", ())]}


def _position(path: str, name: str) -> str:
    names = [found[1:-1] for found in _PATH_NAME.findall(path)]
    return str(names.index(name) + 1) if name in names else name


def _header(name: str, place: str) -> str:
    return name.lower() if place == "header" else name


def _answer(document: Document, said: Schema) -> DocumentedResponse:
    headers = {
        name.lower(): _alone(document, _schema_of(_followed(document, header)))
        for name, header in said.get("headers", {}).items()
    }
    return DocumentedResponse(content=_content(document, said), headers=headers)


def _content(document: Document, said: Schema) -> Content:
    schemas = {
        kind: _alone(document, _exemplified(one)) for kind, one in said.get("content", {}).items()
    }
    return Content(required=said.get("required", False), schemas=schemas)


def _security(said: Any) -> frozenset[frozenset[str]]:  # noqa: ANN401 -- as it stands in the document
    return frozenset(frozenset(one) for one in said)


def _followed(document: Document, said: Schema) -> Schema:
    """Follow a reference to a parameter, a body or an answer; raise SpecError for a circle."""
    passed: list[str] = []
    while isinstance(said.get("$ref"), str):
        passed.append(said["$ref"])
        said = at(document, passed[-1])
        if said.get("$ref") in passed:
            raise SpecError(
                "Expected a reference that leads to something; this one leads round in a circle: "
                f"{' -> '.join([*passed[-_SHOWN_LINKS:], said['$ref']])}."
            )
    return said


def at(document: Document, reference: str) -> Schema:
    """Return what a local reference ("#/components/schemas/X") points at, else raise SpecError."""
    found: Any = document
    for token in filter(None, reference.removeprefix("#").split("/")):
        name = unquote(token).replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name) if isinstance(found, list) else name]
        except (KeyError, IndexError, TypeError, ValueError):
            raise SpecError(
                f"Expected {reference!r} to lead to something in its document; it leads nowhere."
            ) from None
    target: Schema = found
    return target


def _alone(document: Document, schema: Schema) -> Schema:
    if str(document.get("openapi", "3.1")).startswith("3.0"):
        schema = _with_null(schema)
        components = _with_null({"schemas": document.get("components", {}).get("schemas", {})})
    else:
        components = {"schemas": document.get("components", {}).get("schemas", {})}
    return {**schema, "components": components}


def _with_null(value: Any) -> Any:  # noqa: ANN401 -- any node of a schema
    if isinstance(value, list):
        return [_with_null(one) for one in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _with_null(one) for key, one in value.items() if key != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if value.get("nullable") is True else inner
