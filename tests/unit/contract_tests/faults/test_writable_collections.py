"""Where account can be kept of rows, and of every other list why it cannot be."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.faults.row_source import RowSource
from contract_tests.faults.writable_collections import nowhere, writable_collections
from contract_tests.stories.resources import Row
from tests.unit.contract_tests.drift.shelf import DOCUMENT

ROW: Row = {"id": 1, "title": "A thing", "colour": "red"}
SOURCE = RowSource(url="http://shelf")


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Return the shelf's document with its collection changed."""
    document: dict[str, Any] = copy.deepcopy(DOCUMENT)
    change(document["paths"]["/things"])
    return document


def answering(operation: str, status: str, schema: object) -> dict[str, Any]:
    """Return the document in which an operation answers something else."""
    said = {"content": {"application/json": {"schema": schema}}}
    return changed(lambda things: things[operation].update(responses={status: said}))


def found(document: dict[str, Any], *rows: Row) -> tuple[list[str], list[str]]:
    """Return the paths of the places in a document, and why other lists are none."""
    places, why = writable_collections(
        {"shelf": document}, {"shelf": SOURCE}, lambda _url, _resource: list(rows)
    )
    return [one.path for one in places], [one for one in why if "/version" not in one]


def test_a_collection_with_a_row_a_free_text_and_an_answer_that_shows_it_is_a_place() -> None:
    assert found(changed(lambda _: None), ROW) == (["/things"], [])


@pytest.mark.parametrize(
    ("document", "rows", "why"),
    [
        pytest.param(
            answering("get", "200", {"type": "string"}),
            [ROW],
            "GET /things of shelf answers no such array",
            id="a bare text",
        ),
        pytest.param(
            changed(lambda things: things.pop("post")),
            [ROW],
            "/things of shelf has no POST",
            id="nothing that makes rows",
        ),
        pytest.param(
            changed(lambda _: None), [], "GET /things of shelf shows no row", id="no row to go by"
        ),
        pytest.param(
            changed(
                lambda things: things["post"].update(
                    requestBody={
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["colour"],
                                    "properties": {"colour": {"enum": ["red"]}},
                                    "additionalProperties": False,
                                }
                            }
                        }
                    }
                )
            ),
            [ROW],
            "POST /things of shelf takes no free text",
            id="no free text",
        ),
        pytest.param(
            answering("post", "201", {"type": "object", "properties": {"id": {"type": "integer"}}}),
            [ROW],
            "POST /things of shelf does not answer with the row",
            id="a number for an answer",
        ),
        pytest.param(
            changed(lambda things: things["post"].update(responses={"204": {}})),
            [ROW],
            "POST /things of shelf does not answer with the row",
            id="no answer's body",
        ),
    ],
)
def test_every_other_list_says_why_it_is_none(
    document: dict[str, Any], rows: list[Row], why: str
) -> None:
    assert found(document, *rows) == ([], [why])


@pytest.mark.parametrize("answers", [{"201": {"schema": {}}}, {}], ids=["anything", "not said"])
def test_an_answer_of_which_nothing_is_documented_may_hold_the_row(answers: dict[str, Any]) -> None:
    responses = {status: {"content": {"application/json": one}} for status, one in answers.items()}
    document = changed(lambda things: things["post"].update(responses=responses))

    assert found(document, ROW) == (["/things"], [])


def test_a_service_without_a_document_is_named() -> None:
    assert writable_collections({}, {"shelf": SOURCE}, lambda *_: []) == (
        [],
        ["no document of shelf"],
    )


def test_the_reason_says_what_it_takes_and_what_was_seen_in_a_bounded_sentence() -> None:
    said = nowhere("warehouse", [f"GET /{'x' * 300} of shelf answers no such array"] * 9)

    assert "a GET that answers an array of objects" in said
    assert "as [[seed]] writes it." in said
    assert "through the gateway. Seen: GET /xxx" in said
    assert said.endswith("; and 6 more.")
    assert len(said) < 800
    assert "no service with openapi in the stack file" in nowhere("warehouse", [])
