"""What an unauthenticated client may try to change is a row that was made for it, or nobody's."""

from typing import Any, Final

import msgspec
import pytest

from contract_tests.drift.documents import Operation, operations
from contract_tests.hops.paired_client import SentRequest
from contract_tests.hops.parity import ObservedResponse
from contract_tests.stories.disposable_rows import DisposableRows
from tests.unit.contract_tests.drift.shelf import DOCUMENT, Shelf

KEY: Final = {"in": "path", "name": "id", "required": True}


def of(document: dict[str, Any], method: str, path: str) -> Operation:
    return operations(document)[method, path]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_what_may_be_lost_was_made_for_it_and_is_gone_afterwards(method: str) -> None:
    shelf = Shelf()
    before = msgspec.json.encode(shelf.rows)
    with DisposableRows(DOCUMENT, shelf.answer) as rows:
        targets = [rows.target(of(DOCUMENT, method, "/things/{}")) for _ in range(2)]

    assert targets == ["/things/21", "/things/22"]
    assert msgspec.json.encode(shelf.rows) == before


def test_a_row_that_an_unauthenticated_client_was_let_make_is_deleted_as_well() -> None:
    shelf = Shelf()
    create = of(DOCUMENT, "POST", "/things")
    with DisposableRows(DOCUMENT, shelf.answer) as rows:
        rows.note(create, shelf.answer(SentRequest(method="POST", target="/things", body=b"{}")))

    assert max(shelf.rows) == 20


def unmade(schema: dict[str, Any], *methods: str) -> dict[str, Any]:
    """Return a document of items that no collection makes."""
    item: dict[str, Any] = {method: {"responses": {}} for method in methods}
    return {
        "openapi": "3.1.0",
        "paths": {"/x/{id}": {"parameters": [KEY | {"schema": schema}]} | item},
    }


def test_where_none_can_be_made_a_key_is_taken_that_reading_says_is_nobodys() -> None:
    there = {"2147483647", "999999937"}
    document = unmade({"type": "integer"}, "get", "delete")

    def ask(sent: SentRequest) -> ObservedResponse:
        status = 200 if sent.target.rpartition("/")[2] in there else 404
        return ObservedResponse(status=status, headers={}, body=b"")

    with DisposableRows(document, ask) as rows:
        assert rows.target(of(document, "DELETE", "/x/{}")) == "/x/999983"


def test_where_reading_says_nothing_the_key_is_unlikely_or_there_is_none() -> None:
    def ask(_: SentRequest) -> ObservedResponse:
        return ObservedResponse(status=503, headers={}, body=b"")

    found = []
    for schema in ({"type": "string"}, {"type": "integer"}, {"type": "integer", "maximum": 50}):
        document = unmade(schema, "get", "delete")
        with DisposableRows(document, ask) as rows:
            found.append(rows.target(of(document, "DELETE", "/x/{}")))

    assert len(str(found[0])) == len("/x/") + 36
    assert found[1:] == ["/x/2147483647", None]
