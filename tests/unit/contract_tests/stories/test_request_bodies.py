"""What the suite sends of its own making is valid by the schema that it is made for."""

from typing import Any, Final

import jsonschema_rs
import pytest

from contract_tests.drift.documents import Operation, operations
from contract_tests.drift.required_parameters import Parameters
from contract_tests.drift.schemas.request_and_answer_schemas import without
from contract_tests.drift.validation import takes
from contract_tests.hops.paired_client import SentRequest
from contract_tests.stories.request_bodies import TEXTS, draft

FORMATS: Final = (
    *("date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname"),
    *("ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid"),
    *("json-pointer", "relative-json-pointer", "regex", "byte", "binary", "password"),
)


def create(body: dict[str, Any], *, version: str = "3.1.0", **schemas: Any) -> Operation:  # noqa: ANN401 -- schemas by name
    """Return an operation that takes a body of a schema."""
    post = {"requestBody": {"content": {"application/json": {"schema": body}}}, "responses": {}}
    document = {
        "openapi": version,
        "paths": {"/things": {"post": post}},
        "components": {"schemas": schemas},
    }
    [one] = operations(document).values()
    return one


def required(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: schema}}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("turned", [True, False], ids=["turned", "as it is"])
def test_a_text_of_a_format_has_that_format(form: str, *, turned: bool) -> None:
    schema = required("it", {"type": "string", "format": form})
    made = [draft(create(schema), {}, text, turned=turned) for text in TEXTS]
    check = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)

    assert all(one is not None and check.is_valid(one.sent) for one in made), made


@pytest.mark.parametrize("form", ["email", "uuid", "uri", "hostname"])
def test_what_is_often_a_key_is_another_one_in_each_draft(form: str) -> None:
    operation = create(required("it", {"type": "string", "format": form}))
    made = [draft(operation, {}, "Text ", turned=True) for _ in range(5)]

    assert len({one.sent["it"] for one in made if one}) == 5


def test_a_format_that_nobody_knows_gets_no_text_of_ours() -> None:
    schema = required("it", {"type": "string", "format": "iban", "example": "DE02 1203"})
    [from_schema, from_row] = [draft(create(schema), row, "Text ") for row in ({}, {"it": "AT61"})]

    assert from_schema is not None
    assert from_row is not None
    assert (from_schema.sent, from_row.sent) == ({"it": "DE02 1203"}, {"it": "AT61"})


ADDRESS: Final = {
    "type": "object",
    "required": ["street", "code"],
    "properties": {
        "street": {"type": "string"},
        "code": {"type": "string", "pattern": "^[0-9]{5}$"},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("body", "version"),
    [
        pytest.param(required("it", ADDRESS), "3.1.0", id="an object in it"),
        pytest.param(
            required("it", {"type": "array", "minItems": 2, "uniqueItems": True, "items": ADDRESS}),
            "3.1.0",
            id="an array with a least length",
        ),
        pytest.param(
            {"oneOf": [required("a", {"const": 1}), required("b", {"type": "string"})]},
            "3.1.0",
            id="one of two",
        ),
        pytest.param(
            {"allOf": [required("a", {"type": "string"}), required("b", {"type": "integer"})]},
            "3.0.3",
            id="all of two",
        ),
        pytest.param(
            {"anyOf": [{"$ref": "#/components/schemas/Address"}, {"type": "null"}]},
            "3.1.0",
            id="a reference or nothing",
        ),
        pytest.param(
            required("it", {"type": "string", "nullable": True, "maxLength": 3}),
            "3.0.3",
            id="nullable and short",
        ),
        pytest.param(
            required("it", {"type": "integer", "minimum": 10, "maximum": 20, "multipleOf": 7}),
            "3.1.0",
            id="a multiple within bounds",
        ),
        pytest.param(
            required("it", {"type": "integer", "format": "int32", "minimum": 2**31 - 1}),
            "3.1.0",
            id="the last of 32 bits",
        ),
        pytest.param(
            {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
            "3.1.0",
            id="a map",
        ),
        pytest.param(
            {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
            "3.1.0",
            id="a map of two numbers",
        ),
    ],
)
def test_a_draft_fits_its_schema_without_a_row_to_go_by(body: dict[str, Any], version: str) -> None:
    operation = create(body, version=version, Address=ADDRESS)
    made = draft(operation, {}, "Text ")

    assert made is not None
    assert operation.body is not None
    assert takes(operation.body.schemas["application/json"], made.sent), made.sent


def test_text_of_ours_stands_in_what_lies_within() -> None:
    made = draft(create(required("it", ADDRESS)), {}, "Ours ")

    assert made is not None
    assert made.sent["it"]["street"].startswith("Ours ")


@pytest.mark.parametrize("reference", [False, True], ids=["itself", "behind a reference"])
def test_what_only_answers_hold_is_not_sent_and_not_missed(*, reference: bool) -> None:
    only = {"type": "integer", "readOnly": True}
    number = {"$ref": "#/components/schemas/Number"} if reference else only
    body = {
        "type": "object",
        "required": ["id", "name", "secret"],
        "properties": {
            "id": number,
            "name": {"type": "string"},
            "secret": {"type": "string", "writeOnly": True},
        },
        "additionalProperties": False,
    }
    operation = create(body, Number=only)
    made = draft(operation, {"id": 7, "name": "Ann"}, "Text ")
    assert operation.body is not None
    schema = operation.body.schemas["application/json"]

    assert made is not None
    assert set(made.sent) == {"name", "secret"}
    assert takes(without(schema, "writeOnly"), {"id": 7, "name": "Ann"})
    assert not takes(without(schema, "writeOnly"), {"id": 7, "name": "Ann", "secret": "s"})


@pytest.mark.parametrize(
    ("pattern", "fits", "not_fits"),
    [
        (r"^[A-Z]{3}-\d{2}\Z", "ABC-12", "ABC-12 "),
        (r"^(?>a+)b$", "aab", "aa"),
        (r"^.{1,65536}$", "x", ""),
    ],
    ids=["an end of Python's", "atomic", "long"],
)
def test_a_pattern_that_python_alone_can_read_counts_as_well(
    pattern: str, fits: str, not_fits: str
) -> None:
    schema = required("it", {"type": "string", "pattern": pattern})
    made = draft(create(schema), {"it": fits}, "Text ")

    assert takes(schema, {"it": fits})
    assert not takes(schema, {"it": not_fits})
    assert made is not None
    assert takes(schema, made.sent)


def test_a_schema_that_refers_to_itself_has_a_draft() -> None:
    node = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "next": {"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]},
            "all": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    }
    made = draft(create({"$ref": "#/components/schemas/Node"}, Node=node), {}, "Text ")

    assert made is not None
    assert made.sent["name"].startswith("Text ")


def test_a_schema_that_takes_nothing_has_no_draft() -> None:
    assert draft(create(required("it", {"not": {}})), {}, "Text ") is None


SHOP: Final[dict[str, Any]] = {
    "openapi": "3.0.3",
    "components": {
        "parameters": {
            "Tenant": {
                "in": "header", "name": "X-Tenant", "required": True,
                "schema": {"type": "string", "format": "uuid"},
            },
            "Region": {
                "in": "cookie", "name": "region", "required": True,
                "schema": {"type": "string", "enum": ["eu", "us"]},
            },
        }
    },
    "paths": {
        "/things": {
            "parameters": [{"$ref": "#/components/parameters/Tenant"}],
            "get": {
                "parameters": [
                    {"in": "query", "name": "version", "required": True, "example": "v2",
                     "schema": {"type": "string", "pattern": "^v[0-9]$"}},
                    {"in": "query", "name": "fields", "required": True, "explode": False,
                     "schema": {"type": "array", "minItems": 2, "items": {"type": "integer"}}},
                    {"in": "query", "name": "limit", "schema": {"type": "integer"}},
                    {"in": "header", "name": "Accept", "required": True, "schema": {}},
                ],
                "responses": {},
            },
        },
        "/things/{thing_id}": {
            "parameters": [
                {"$ref": "#/components/parameters/Tenant"},
                {"$ref": "#/components/parameters/Region"},
            ],
            "get": {"responses": {}},
            "delete": {
                "parameters": [
                    {"in": "header", "name": "Idempotency-Key", "required": True,
                     "schema": {"type": "string", "minLength": 8}}
                ],
                "responses": {},
            },
        },
    },
}  # fmt: skip


def test_a_request_gets_what_its_operation_requires_and_keeps_what_it_says() -> None:
    parameters = Parameters(SHOP)
    listed = parameters.on(SentRequest(method="GET", target="/things?limit=3&version=v9"))
    read = parameters.on(SentRequest(method="GET", target="/things/7", headers={"Accept": "a/b"}))
    tenant = listed.headers["x-tenant"]

    assert listed.target == "/things?limit=3&version=v9&fields=0,0"
    assert takes({"type": "string", "format": "uuid"}, tenant)
    assert read.headers == {"x-tenant": tenant, "Cookie": "region=eu", "Accept": "a/b"}
    assert parameters.on(SentRequest(method="GET", target="/other?")) == SentRequest(
        method="GET", target="/other?"
    )


def test_an_example_goes_before_what_is_drawn() -> None:
    [_, query] = Parameters(SHOP).on(SentRequest(method="GET", target="/things")).target.split("?")

    assert "version=v2" in query


def test_a_key_of_one_sending_is_required_and_never_the_same() -> None:
    parameters = Parameters(SHOP)
    sent = [parameters.on(SentRequest(method="DELETE", target="/things/7")) for _ in range(3)]

    assert len({one.headers["idempotency-key"] for one in sent}) == 3
