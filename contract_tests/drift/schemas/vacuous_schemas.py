"""Names the schemas that promise nothing: an answer that every object satisfies tests nothing."""

from collections.abc import Iterator
from typing import Final

from contract_tests.drift.documents import Document, Operation, Schema, operations
from contract_tests.drift.schemas.containment import covers

_ANY_OBJECT: Final[Schema] = {"type": "object"}


def vacuous(document: Document) -> list[str]:
    """Return a sentence for every documented answer whose schema any object satisfies."""
    return [one for each in operations(document).values() for one in _vacuous(each)]


def _vacuous(operation: Operation) -> Iterator[str]:
    for status, answer in operation.answers.items():
        for kind, schema in answer.content.schemas.items():
            if "json" in kind and covers(schema, _ANY_OBJECT):
                yield f"{operation.label}, answer {status}: any object satisfies its {kind} schema."
