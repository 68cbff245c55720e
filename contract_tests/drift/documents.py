"""Reads an OpenAPI document of 3.0, 3.1 or 3.2 into operations whose schemas stand alone."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from contract_tests.drift.document_reader import DocumentReader
from contract_tests.drift.operation import (
    METHODS,
    Content,
    DocumentedResponse,
    Key,
    Operation,
    Parameter,
    Place,
    ReadDocument,
    Schema,
    path_names,
    unnamed,
)
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.json_pointers import unescaped

Document = Mapping[str, Any]

__all__ = [
    "METHODS",
    "Content",
    "Document",
    "DocumentedResponse",
    "Key",
    "Operation",
    "Parameter",
    "Place",
    "ReadDocument",
    "Schema",
    "at",
    "operations",
    "path_names",
    "read",
    "unnamed",
]


def operations(document: Document) -> dict[Key, Operation]:
    """Return a document's operations by method and path, with the path's names made equal.

    Raises SpecError for what is no OpenAPI 3, and where references lead round in a circle.
    """
    return read(document).operations


def read(document: Document) -> ReadDocument:
    """Return a document as far as it can be read; raise SpecError as `operations` does."""
    return DocumentReader(document).read()


def at(document: Document, reference: str) -> Schema:
    """Return what a local reference ("#/components/schemas/X") points at, else raise SpecError."""
    found: Any = document
    for token in filter(None, reference.removeprefix("#").split("/")):
        name = unescaped(unquote(token))
        try:
            found = found[int(name) if isinstance(found, list) else name]
        except (KeyError, IndexError, TypeError, ValueError):
            raise SpecError(
                f"Expected {reference!r} to lead to something in its document; it leads nowhere."
            ) from None
    target: Schema = found
    return target
