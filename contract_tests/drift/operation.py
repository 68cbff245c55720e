"""What one operation of a document is: its parameters, body and answers, as data.

A schema stands alone when every `$ref` in it can be followed: it carries along what it refers to.
All schemas are JSON Schema 2020-12, whichever OpenAPI the document is.
"""

import re
from typing import Any, Final, Literal

from msgspec import Struct

from contract_tests.drift.reading import Origins, UnreadPlace

Schema = dict[str, Any]
Place = Literal["path", "query", "header", "cookie", "querystring"]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_PATH_NAME: Final = re.compile(r"\{[^{}]*\}")


class Parameter(Struct, frozen=True, kw_only=True):
    """One parameter; `name` is what stands on the wire, for a path its place in the template.

    `written` is the media type of one that is described by its content, else "". `origin` is where
    it stands in its document.
    """

    name: str
    place: Place
    required: bool
    style: str
    explode: bool
    schema: Schema
    reserved: bool = False
    written: str = ""
    origin: str = ""


class Content(Struct, frozen=True, kw_only=True):
    """A body by content type; `required` speaks of a request's.

    `encodings` says how the parts of a form are written, by content type and part.
    """

    required: bool
    schemas: dict[str, Schema]
    encodings: dict[str, dict[str, Any]] = {}
    origin: str = ""


class DocumentedResponse(Struct, frozen=True, kw_only=True):
    """What an answer of one status holds; `required` are the headers that are always there.

    `origins` says where each header stands.
    """

    content: Content
    headers: dict[str, Schema]
    required: frozenset[str] = frozenset()
    origins: dict[str, str] = {}


class Operation(Struct, frozen=True, kw_only=True):
    """One method on one path; answers go by status ("200", "4XX", "default").

    `security` has the schemes of each choice by name, `keys` the same by what is to be shown;
    `is_open` says that the operation itself asks for nothing, on purpose. `unread` names what of it
    cannot be read: "parameters", "body", "answer 200".
    """

    method: str
    path: str
    parameters: dict[tuple[Place, str], Parameter]
    body: Content | None
    answers: dict[str, DocumentedResponse]
    security: frozenset[frozenset[str]]
    keys: frozenset[frozenset[str]] = frozenset()
    is_open: bool = False
    unread: frozenset[str] = frozenset()
    origin: str = ""

    @property
    def label(self) -> str:
        """Return the operation as people write it: "GET /clients/{client_id}"."""
        return f"{self.method} {self.path}"


Key = tuple[str, str]


class ReadDocument(Struct, frozen=True, kw_only=True):
    """A document's operations by method and path, and the places that cannot be read.

    `origins` says where each schema stands.
    """

    operations: dict[Key, Operation]
    unread: tuple[UnreadPlace, ...]
    origins: Origins


def unnamed(path: str) -> str:
    """Return a path template without its parameters' names: they never stand on the wire."""
    return _PATH_NAME.sub("{}", path)


def path_names(path: str) -> list[str]:
    """Return the names of a path template's parameters, in their order."""
    return [found[1:-1] for found in _PATH_NAME.findall(path)]
