"""A scenario is written for a document, and can be driven as it stands."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from loadtests.command.openapi_scenarios import ScenarioWriter, WrittenScenario
from loadtests.command.scenario_command import as_toml
from loadtests.plan.requests_file import calls_for
from system.srv_clients.main import app as clients
from system.srv_goods.main import app as goods
from testcontainers_fixtures.errors import SpecError


def document(paths: dict[str, Any], schemas: dict[str, object]) -> dict[str, Any]:
    return {"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}}


def body(schema: object) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def brings(*names: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {name: {"type": "integer"} for name in names}}
    return {"responses": {"201": {"content": {"application/json": {"schema": schema}}}}}


def written(paths: dict[str, Any], **schemas: object) -> WrittenScenario:
    return ScenarioWriter(document(paths, schemas)).write()


def test_a_real_documents_operations_are_all_written_and_can_be_driven(tmp_path: Path) -> None:
    whole = clients.openapi()
    whole["paths"] |= goods.openapi()["paths"]
    whole["components"]["schemas"] |= goods.openapi()["components"]["schemas"]
    made = ScenarioWriter(whole).write()
    file = tmp_path / "calls.toml"
    file.write_text(as_toml(made, "system.json", None), encoding="utf-8")
    calls = {call.request: call for call in calls_for([], file)}

    assert made.left_out == ()
    assert calls["POST /clients"].keeps == {"client_id": "/id"}
    assert calls["DELETE /clients/{client_id}"].takes == "client_id"
    # A row of one collection that names a row of another gets one that was made.
    assert calls["POST /goods"].body["category_id"] == "{category_id}"


def test_a_stack_file_gets_a_scenario_of_its_own() -> None:
    text = as_toml(written({"/rows": {"get": {}}}), "http://h/openapi.json?x=1", "reads")

    assert tomllib.loads(text)["scenarios"]["reads"] == {
        "description": "Written for openapi.json",
        "calls": [{"name": "GET /rows", "request": "GET /rows", "weight": 3}],
    }


@pytest.mark.parametrize(
    ("schema", "template", "draw"),
    [
        ({"type": "integer", "minimum": 3, "maximum": 9}, "{x}", {"x": [3, 9]}),
        ({"type": "integer", "exclusiveMinimum": 3, "maximum": 9}, "{x}", {"x": [4, 9]}),
        ({"type": "string", "format": "uuid"}, "{x}", {"x": "uuid"}),
        (
            {"type": "string", "format": "date"},
            "{x}",
            {"x": {"date": ["2026-01-01", "2026-12-31"]}},
        ),
        ({"type": "string", "minLength": 20}, "{x}", {"x": {"text": [20, 20]}}),
        ({"type": "string", "maxLength": 3}, "{x}", {"x": {"text": [3, 3]}}),
        ({"enum": ["a", "b", None]}, "{x}", {"x": {"choices": ["a", "b"]}}),
        ({"type": "string", "pattern": "^[A-Za-z0-9]+$"}, "{x}", {"x": {"text": [5, 12]}}),
        ({"type": "string", "pattern": r"^\d\.\d\d$"}, "{x}", {"x": {"choices": ["1.50"]}}),
        (
            {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
            "{x}",
            {"x": {"choices": [False, True]}},
        ),
        ({"const": "a{b}"}, "a{{b}}", {}),
        ({"$ref": "#/components/schemas/Row"}, [["{x}"]], {"x": [1, 1000]}),
    ],
)
def test_a_body_is_drawn_so_that_it_fits_its_schema(
    schema: object, template: object, draw: dict[str, object]
) -> None:
    inner = {"type": "array", "minItems": 1, "items": {"type": "integer"}}
    row = {"type": "array", "minItems": 1, "items": inner}
    whole = {"type": "object", "required": ["x"], "properties": {"x": schema, "left": {}}}
    made = written({"/rows": {"post": body(whole)}}, Row=row)

    assert made.left_out == ()
    (call,) = made.calls
    assert call["body"] == {"x": template}
    assert call.get("draw", {}) == draw


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (body({"type": "string", "pattern": "^%%$"}), "has to be met by hand"),
        (body({"$ref": "#/components/schemas/Gone"}), "leads to no schema in the document"),
        (body({"$ref": "http://127.0.0.1/x"}), "leads to no schema in the document"),
        (
            body({"type": "array", "minItems": 2, "items": {"const": 1}, "uniqueItems": True}),
            "fits",
        ),
        ({"requestBody": {"required": True, "content": {"text/plain": {}}}}, "is no JSON"),
    ],
)
def test_what_cannot_be_written_is_left_out_with_its_reason(
    operation: dict[str, Any], why: str
) -> None:
    made = written({"/rows": {"post": operation, "get": {}}})

    assert [call["request"] for call in made.calls] == ["GET /rows"]
    (left_out,) = made.left_out
    assert left_out.startswith("POST /rows: ")
    assert why in left_out


def test_a_body_that_need_have_nothing_changes_something() -> None:
    fields = {
        "id": {"type": "integer", "readOnly": True},
        "code": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
        "size": {"type": "integer", "minimum": 1, "maximum": 9},
        "name": {"type": "string"},
    }
    [call] = written({"/rows": {"patch": body({"type": "object", "properties": fields})}}).calls
    [free] = written({"/rows": {"post": body({"type": "object"})}}).calls

    assert call["body"] == {"size": "{size}"}
    assert free["body"] == {}


NUMBER = {"type": "number", "minimum": 0.2, "maximum": 0.7}
SIZE = {"type": "integer", "minimum": 1, "maximum": 9}
NAME = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "expected", "drawn"),
    [
        pytest.param(
            {"properties": {"a": NUMBER, "size": SIZE}}, {"size": "{size}"}, ["size"], id="no draw"
        ),
        pytest.param(
            {"properties": {"a": NAME, "size": SIZE}, "dependentRequired": {"a": ["size"]}},
            {"size": "{size}"},
            ["size"],
            id="one that takes another",
        ),
        pytest.param(
            {"properties": {"a": {"$ref": "http://127.0.0.1/x"}, "name": NAME}},
            {"name": "{name}"},
            ["name"],
            id="a reference to elsewhere",
        ),
        pytest.param(
            {"properties": {"a": {"$ref": "#/components/schemas/Gone"}, "name": NAME}},
            {"name": "{name}"},
            ["name"],
            id="a reference to nothing",
        ),
        pytest.param({"properties": {"a": NUMBER}}, {}, [], id="none that fits"),
        pytest.param(
            {
                "properties": {
                    "pair": {
                        "type": "object",
                        "required": ["size", "deep"],
                        "properties": {"size": SIZE, "deep": {}},
                    },
                    "name": NAME,
                }
            },
            {"name": "{name}"},
            ["name"],
            id="one that fails half way",
        ),
        pytest.param(
            {"properties": {"tags": {"type": "array", "items": NAME}, "name": NAME}},
            {"name": "{name}"},
            ["name"],
            id="a list of nothing",
        ),
        pytest.param(
            {"properties": {"addr": {"type": "object"}, "name": NAME}},
            {"name": "{name}"},
            ["name"],
            id="an object of nothing",
        ),
        pytest.param(
            {"properties": {"id": SIZE, "rowId": SIZE, "name": NAME}},
            {"name": "{name}"},
            ["name"],
            id="its keys",
        ),
        pytest.param(
            {"properties": {"kind": {"const": "row"}, "name": NAME}},
            {"name": "{name}"},
            ["name"],
            id="what is always the same",
        ),
        pytest.param(
            {"properties": {"id": SIZE, "tags": {"type": "array"}, "kind": {"const": "row"}}},
            {"kind": "row"},
            [],
            id="better always the same than the key",
        ),
        pytest.param(
            {"properties": {"id": SIZE, "tags": {"type": "array"}}}, {}, [], id="better nothing"
        ),
        pytest.param(
            {"properties": {"id": SIZE, "tags": {"type": "array"}}, "minProperties": 1},
            {"tags": []},
            [],
            id="better a list of nothing than the key",
        ),
        pytest.param(
            {"properties": {"id": SIZE}, "minProperties": 1}, {"id": "{id}"}, ["id"], id="the key"
        ),
    ],
)
def test_of_a_body_s_fields_one_is_sent_that_fits_and_changes_something(
    schema: dict[str, Any], expected: object, drawn: list[str]
) -> None:
    asked = [{"name": "row_id", "in": "path", "schema": {"enum": ["x"]}}]
    patch = body({"type": "object", **schema}) | {"parameters": asked}
    made = written({"/rows/{row_id}": {"patch": patch}})

    assert made.left_out == ()
    [call] = made.calls
    assert call["body"] == expected
    assert sorted(call["draw"]) == sorted([*drawn, "row_id"])


def test_a_reference_to_nothing_in_what_is_not_sent_stops_no_body() -> None:
    fields = {"name": NAME, "more": {"$ref": "#/components/schemas/Gone"}}
    row = {"type": "object", "required": ["name"], "properties": fields}
    made = written({"/rows": {"post": body({"$ref": "#/components/schemas/Row"})}}, Row=row)

    assert made.left_out == ()
    assert made.calls[0]["body"] == {"name": "{name}"}


@pytest.mark.parametrize(
    ("said", "operation", "lets_in"),
    [
        pytest.param([{"key": []}], {}, True, id="by the document"),
        pytest.param([{"key": []}], {"security": []}, False, id="not by the operation"),
        pytest.param([], {"security": [{"key": []}]}, True, id="by the operation"),
        pytest.param([], {"security": [{}]}, False, id="by nothing"),
        pytest.param([], {"security": [{"key": []}, {}]}, False, id="by a key or nothing"),
        pytest.param([{"key": []}], None, False, id="there is no operation"),
    ],
)
def test_who_calls_is_let_in_where_an_operation_takes_no_one_else(
    said: list[object], operation: object, *, lets_in: bool
) -> None:
    whole = document({"/a": {"get": None}, "/b": {"get": operation}}, {}) | {"security": said}

    assert ScenarioWriter(whole).write().lets_in is lets_in


def test_a_document_that_lets_callers_in_says_that_it_takes_a_login() -> None:
    asking: dict[str, Any] = {"/rows": {"get": {"security": [{"bearer": []}]}}}
    free: dict[str, Any] = {"/rows": {"get": {"security": []}}}

    assert "it takes a [login] in the stack file" in as_toml(written(asking), "x.json", "reads")
    assert "it takes --login FILE" in as_toml(written(asking), "x.json", None)
    assert "let in" not in as_toml(written(free), "x.json", "reads")


def test_ids_are_kept_only_of_creates_that_are_written_and_bring_one() -> None:
    rows = {"get": {"parameters": [{"name": "id", "in": "path", "schema": {"type": "integer"}}]}}
    silent = written({"/rows": {"post": {}}, "/rows/{id}": rows})
    loud = written({"/rows": {"post": brings("id")}, "/rows/{id}": rows})

    assert silent.calls[1]["draw"] == {"id": [1, 1000]}
    assert loud.calls[0]["keeps"] == {"rows_id": "/id"}
    assert loud.calls[1]["request"] == "GET /rows/{rows_id}"


@pytest.mark.parametrize("kind", [{"type": "integer"}, {"type": "string", "format": "uuid"}])
def test_an_id_that_is_kept_stands_in_the_bodies_of_others(kind: dict[str, Any]) -> None:
    book = {"get": {"parameters": [{"name": "book_id", "in": "path", "schema": kind}]}}
    loan = {"type": "object", "required": ["book_id"], "properties": {"book_id": kind}}
    made = written(
        {"/books": {"post": brings("id")}, "/books/{book_id}": book, "/loans": {"post": body(loan)}}
    )

    assert made.left_out == ()
    assert made.calls[-1]["request"] == "POST /loans"
    assert made.calls[-1]["body"] == {"book_id": "{book_id}"}


def test_a_parameter_that_must_be_there_is_drawn_and_others_are_not_sent() -> None:
    asked = [
        {"name": "pageSize", "in": "query", "required": True, "schema": {"type": "integer"}},
        {"name": "more", "in": "query", "schema": {"type": "integer"}},
        {"name": "X-Tenant", "in": "header", "required": True, "schema": {"enum": ["a"]}},
    ]
    (call,) = written({"/rows": {"get": {"parameters": asked}}}).calls

    assert call["request"] == "GET /rows?pageSize={page_size}"
    assert call["headers"] == {"X-Tenant": "{x_tenant}"}


@pytest.mark.parametrize("wrong", [{}, {"swagger": "2.0"}])
def test_what_is_no_document_of_version_3_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="Expected an OpenAPI document of version 3"):
        ScenarioWriter(wrong).write()
