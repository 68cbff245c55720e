"""Drift on paper: the services' OpenAPI documents held against the gateway's own.

Each difference is data with a sentence. What a request may hold and what an answer may hold are
compared in both directions: a gateway that takes more than its service sends on what will be
refused, one that takes less refuses what would have been served. What cannot be read of either is
compared with nothing: `unread_places` names it.
"""

from collections.abc import Mapping

from msgspec import Struct

from contract_tests.drift.documents import Document, Key, read
from contract_tests.drift.drift_sentences import DocumentDifference
from contract_tests.drift.operation_comparison import OperationComparison
from contract_tests.drift.reading import UnreadPlace
from contract_tests.drift.schemas.plain_schemas import PlainSchemas
from contract_tests.drift.schemas.schema_differences import SchemaComparison
from contract_tests.drift.servers import placed


def drift(
    services: Mapping[str, Document], gateway: Document, *, asks: bool = False
) -> list[DocumentDifference]:
    """Return every difference between the services' documents and the gateway's, in their order.

    A gateway that `asks` who comes must say so of each operation, and what an
    unauthenticated request is answered. Raises SpecError for what is no OpenAPI 3.
    """
    own = read(placed(gateway))
    mirrored, ours = own.operations, PlainSchemas(own.origins)
    found: list[DocumentDifference] = []
    known: set[Key] = set()
    for name, document in services.items():
        seen = read(placed(document))
        published, theirs = seen.operations, PlainSchemas(seen.origins)
        known |= set(published)
        comparison = OperationComparison(name, SchemaComparison(ours, theirs), asks=asks)
        for key, operation in published.items():
            found += comparison.compared(operation, mirrored.get(key))
    nobody = OperationComparison("", SchemaComparison(ours))
    return found + [nobody.mirrored(one) for key, one in mirrored.items() if key not in known]


class Unread(Struct, frozen=True, kw_only=True):
    """What cannot be read of one document: `name` is its service, "" for the gateway."""

    name: str
    places: tuple[UnreadPlace, ...]

    @property
    def sentences(self) -> list[str]:
        """Return a sentence for each place."""
        whose = self.name or "the gateway"
        return [f"In the document of {whose}, {one.sentence}." for one in self.places]


def unread(documents: Mapping[str, Document]) -> list[Unread]:
    """Return what cannot be read of some documents; nothing for those that were read whole.

    A document that has paths, and of which no operation was understood, is not read either.
    """
    found = []
    for name, document in documents.items():
        seen = read(document)
        places = seen.unread
        if not seen.operations and not places:
            places = (UnreadPlace(pointer="#/paths", why="no operation stands there"),)
        found += [Unread(name=name, places=places)] if places else []
    return found
