"""The places of a running stack that rows can be written to, by the documents that it has."""

from collections.abc import Mapping, Sequence

from contract_tests.agreement.agreed_documents import agreement
from contract_tests.agreement.stated_document import stated_document
from contract_tests.drift.document_sources import GATEWAY
from contract_tests.drift.documents import Document
from contract_tests.faults.inventory import page_of
from contract_tests.faults.row_source import RowSource, row_sources, through_the_gateway
from contract_tests.faults.writable_collections import (
    WritableCollection,
    nowhere,
    writable_collections,
)
from testcontainers_fixtures.errors import NotApplicableError
from testcontainers_fixtures.stack import Stack


def places_in(stack: Stack) -> Sequence[WritableCollection]:
    """Return every place; raise NotApplicableError, with what would make one, where there is none.

    Raises SpecError for a document that cannot be had, StackError for rows that cannot be read.
    """
    documents, sources = _documented(stack)
    lists = stack.spec.contract.collections
    found, why = writable_collections(documents, sources, page_of, lists)
    if not found:
        raise NotApplicableError(nowhere(stack.spec.name, why))
    return found


def _documented(stack: Stack) -> tuple[Mapping[str, Document], Mapping[str, RowSource]]:
    """Return the documents of the owners of rows, and where these are read.

    Where no owner has a document, it is what the stack file says of the gateway's lists.
    """
    known = agreement(stack, {})
    stated = stated_document(stack.spec)
    if stated is None or known.documents.keys() - {GATEWAY}:
        return known.documents, row_sources(stack, known)
    [name, *_] = stack.spec.named("gateway")
    return {name: stated}, {name: through_the_gateway(stack)}
