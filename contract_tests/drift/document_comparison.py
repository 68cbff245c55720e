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


class DocumentDifferences(Struct, frozen=True, kw_only=True):
    """The differences between documents; `is_cut` tells that they reach more places than named."""

    found: list[DocumentDifference]
    is_cut: bool


def drift(
    services: Mapping[str, Document], gateway: Document, *, asks: bool = False
) -> list[DocumentDifference]:
    """Return every difference between the services' documents and the gateway's, in their order.

    A gateway that `asks` who comes must say so of each operation, and what an
    unauthenticated request is answered. Raises SpecError for what is no OpenAPI 3.
    """
    return document_differences(services, gateway, asks=asks).found


def document_differences(
    services: Mapping[str, Document], gateway: Document, *, asks: bool = False
) -> DocumentDifferences:
    """Return the same, and whether all places are named that the differences reach."""
    own = read(placed(gateway))
    mirrored, ours = own.operations, PlainSchemas(own.origins)
    found: list[DocumentDifference] = []
    known: set[Key] = set()
    is_cut = False
    for name, document in services.items():
        seen = read(placed(document))
        published, theirs = seen.operations, PlainSchemas(seen.origins)
        known |= set(published)
        schemas = SchemaComparison(ours, theirs)
        comparison = OperationComparison(name, schemas, asks=asks)
        for key, operation in published.items():
            found += comparison.compared(operation, mirrored.get(key))
        is_cut = is_cut or schemas.is_cut
    nobody = OperationComparison("", SchemaComparison(ours))
    found += [nobody.mirrored(one) for key, one in mirrored.items() if key not in known]
    return DocumentDifferences(found=found, is_cut=is_cut)


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
