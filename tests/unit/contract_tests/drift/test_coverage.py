"""What counts as exercised, and what is named as never exercised."""

from typing import Any

import pytest

from contract_tests.drift.coverage import Coverage, Exercise, _matches, notes
from contract_tests.drift.documents import operations

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/items": {
            "post": {
                "parameters": [
                    {
                        "name": "dry",
                        "in": "query",
                        "schema": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
                    }
                ],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {"qty": {"maximum": 9}},
                                "additionalProperties": False,
                            }
                        }
                    }
                },
                "responses": {"201": {"headers": {"Location": {"schema": {}}}}, "422": {}},
            }
        }
    },
}


@pytest.mark.parametrize("status", ["9" * 5_000, "²", "0200"])
def test_what_is_no_status_in_a_document_is_never_seen(status: str) -> None:
    assert not _matches(status, 200)


def exercise() -> Exercise:
    [operation] = operations(DOCUMENT).values()
    return Exercise(operation)


def test_an_operation_that_was_never_asked_is_named_once() -> None:
    assert list(exercise().never()) == ["POST /items: never asked."]


def test_every_keyword_is_to_be_kept_and_broken() -> None:
    one = exercise()

    one.note({"query dry": True, "body": {"qty": 5}, "body /qty": 5}, 201, frozenset({"location"}))

    assert list(one.never()) == [
        "POST /items, query dry: no value that breaks type was sent.",
        "POST /items, body: no value that breaks type was sent.",
        "POST /items, body: no value that breaks additionalProperties was sent.",
        "POST /items, body /qty: no value that breaks maximum was sent.",
        "POST /items: no answer 422 came.",
    ]


def test_nothing_is_named_once_all_was_seen() -> None:
    one = exercise()

    one.note({"query dry": True, "body": {"qty": 5}, "body /qty": 5}, 201, frozenset({"location"}))
    one.note({"query dry": "x", "body": {"more": 1}, "body /qty": 10}, 422, frozenset())
    one.note({"body": 1}, 422, frozenset())

    assert list(one.never()) == []


def test_an_answer_without_its_documented_header_is_named() -> None:
    one = exercise()

    one.note({"query dry": True}, 201, frozenset())

    assert "POST /items: no answer 201 with header location came." in list(one.never())


def test_the_notes_count_what_never_was() -> None:
    told = notes({"shop": Coverage(DOCUMENT)})

    assert told == ("shop: 0 of 1 operations exercised; of what they name, 1 things never were.",)
