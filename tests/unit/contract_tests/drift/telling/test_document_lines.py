"""A place in a document is found by its pointer, in JSON as in YAML."""

import json
import time

import pytest

from contract_tests.drift.telling.document_lines import document_lines

YAML = """openapi: 3.1.0
paths:
  /items/{id}:
    get:
      parameters:
        - in: query
          name: q
        - in: query
          name: r
"""
POINTERS = {
    "#/paths/~1items~1{id}/get": (4, 5),
    "#/paths/~1items~1{id}/get/parameters/1": (8, 11),
    "#/paths/~1items~1{id}/get/parameters/1/name": (9, 13),
}
JSON = json.dumps(
    {
        "openapi": "3.1.0",
        "paths": {
            "/items/{id}": {
                "get": {"parameters": [{"in": "query", "name": "q"}, {"in": "query", "name": "r"}]}
            }
        },
    },
    indent=1,
)


@pytest.mark.parametrize("pointer", POINTERS)
def test_a_place_has_a_line_whatever_it_is_written_in(pointer: str) -> None:
    in_yaml, in_json = POINTERS[pointer]

    assert document_lines(YAML, [pointer]) == {pointer: in_yaml}
    assert document_lines(JSON, [pointer]) == {pointer: in_json}
    assert document_lines(JSON.replace(" ", "\t"), [pointer]) == {pointer: in_json}


def test_of_a_place_that_is_not_there_it_is_that_of_what_is_around_it() -> None:
    pointer = "#/paths/~1items~1{id}/get/responses/200"

    assert document_lines(YAML, [pointer]) == {pointer: 4}


def test_what_cannot_be_read_has_no_lines() -> None:
    assert document_lines("a: [", ["#/a"]) == {}
    assert document_lines(YAML, [""]) == {}


def test_many_places_are_found_soon() -> None:
    text = json.dumps({"paths": {f"/p{n}": {"get": {"x": 1}} for n in range(2_000)}}, indent=1)
    begun_s = time.process_time()
    found = document_lines(text, [f"#/paths/~1p{n}/get" for n in range(2_000)])

    assert found["#/paths/~1p1999/get"] == 4 + 1_999 * 5
    assert time.process_time() - begun_s < 2
