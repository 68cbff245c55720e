"""How a collection answers is guessed from its schemas, and said by a stack file."""

import copy
from typing import Any

import pytest

from contract_tests.stories.list_forms import ListForm, at, pointer, way
from contract_tests.stories.resources import Resource, resources
from testcontainers_fixtures.stack_file.contract_spec import CollectionSpec
from tests.unit.contract_tests.drift.shelf import DOCUMENT

THING = {"type": "object", "properties": {"id": {"type": "string"}, "title": {"type": "string"}}}
ROWS = {"type": "array", "items": THING}
NUMBER = {"type": "integer"}


def answering(listed: dict[str, Any], one: dict[str, Any], *, item: str = "thing_id") -> Any:  # noqa: ANN401 -- a document
    document: dict[str, Any] = copy.deepcopy(DOCUMENT)
    for method, schema in (("get", listed), ("post", one)):
        answers = document["paths"]["/things"][method]["responses"]
        answers.clear()
        answers["200"] = {"content": {"application/json": {"schema": schema}}}
    path = document["paths"].pop("/things/{thing_id}")
    path["parameters"][0] = {"in": "path", "name": item, "required": True, "schema": {}}
    path["get"]["responses"]["200"] = {"content": {"application/json": {"schema": one}}}
    document["paths"][f"/things/{{{item}}}"] = path
    return document


def held(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 -- schemas
    return {"type": "object", "properties": fields}


@pytest.mark.parametrize(
    ("listed", "one", "form"),
    [
        pytest.param(ROWS, THING, ListForm(), id="an array"),
        pytest.param(
            held(items=ROWS, total_pages=NUMBER, total=NUMBER),
            THING,
            ListForm(rows=("items",), total=("total",)),
            id="an envelope with a total",
        ),
        pytest.param(
            held(data=held(items=ROWS), meta=held(totalCount=NUMBER), totalCount=NUMBER),
            THING,
            ListForm(rows=("data", "items"), total=("totalCount",)),
            id="an envelope in another",
        ),
        pytest.param(
            held(items=ROWS),
            held(data=THING),
            ListForm(rows=("items",), row=("data",)),
            id="a row in one",
        ),
        pytest.param(
            held(items=ROWS, count=NUMBER), THING, ListForm(rows=("items",)), id="no total"
        ),
    ],
)
def test_it_is_guessed(listed: dict[str, Any], one: dict[str, Any], form: ListForm) -> None:
    [found] = resources(answering(listed, one))

    assert found.form == form


def told(said: CollectionSpec, **about: Any) -> Resource:  # noqa: ANN401 -- what `answering` takes
    document = answering(held(pages={}), {}, **about)
    [found] = resources(document, {"/things": said})
    return found


def test_what_no_schema_says_the_stack_file_says() -> None:
    said = CollectionSpec(
        rows="/data/list", total="/data/n", row="/data", id="/meta/uuid", created=(200,)
    )
    found = told(said, item="thing")
    row = {"meta": {"uuid": "a/b"}, "title": "x"}
    answer = {"data": {"list": [row], "n": 7}}

    assert found.rows(answer) == [row]
    assert found.total(answer) == 7
    assert found.row({"data": row}) == row
    assert found.key(row) == "a%2Fb"
    assert found.form.created == (200,)


def test_what_it_says_goes_before_what_was_guessed_and_all_else_stays() -> None:
    document = answering(held(items=ROWS, others=held(list=ROWS), total=NUMBER), THING)
    [found] = resources(document, {"/things": CollectionSpec(rows="/others/list")})

    assert found.form.rows == ("others", "list")
    assert found.key({"id": "7"}) == "7"


def test_an_answer_without_what_was_told_has_no_rows() -> None:
    found = told(CollectionSpec(rows="/list", total="/n", row="/one"))

    assert found.rows({"list": None}) == found.rows([]) == []
    assert found.total({"n": True}) is found.total({}) is None
    assert found.row({"one": []}) == {}


def test_a_form_is_told_in_the_stack_files_words() -> None:
    form = ListForm(rows=("items",), total=("total",), id=("id",), created=(200, 201))

    assert form.sentence == (
        '{ rows = "/items", total = "/total", id = "/id", created = [200, 201] }'
    )


@pytest.mark.parametrize("text", ["", "/a", "/a~1b/c~0d", "/0"])
def test_a_pointer_is_read_as_it_is_written(text: str) -> None:
    assert pointer(way(text)) == text


def test_a_pointer_leads_into_lists_too() -> None:
    assert at({"a": [{"b": 1}]}, way("/a/0/b")) == 1
    assert at({"a": [{"b": 1}]}, way("/a/1/b")) is None
