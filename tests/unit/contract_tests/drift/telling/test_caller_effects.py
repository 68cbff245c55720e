"""What a difference does to who calls the gateway and goes by its document."""

from typing import Any

import pytest

from contract_tests.drift.document_comparison import drift

Document = dict[str, Any]
BREAKS, REFUSES = "breaks callers", "refuses what was served"
TOO_LITTLE, WORDS = "promises too little", "words only"
LEVELS = {BREAKS: "error", REFUSES: "error", TOO_LITTLE: "warning", WORDS: "note"}


def of(operation: Document) -> Document:
    whole = {"responses": {"200": {"description": "all"}}, **operation}
    return {"openapi": "3.1.0", "paths": {"/things": {"post": whole}}}


def sent(schema: Any) -> Document:  # noqa: ANN401 -- a schema
    return of({"requestBody": {"content": {"application/json": {"schema": schema}}}})


def answered(schema: Any) -> Document:  # noqa: ANN401 -- a schema
    content = {"application/json": {"schema": schema}}
    return of({"responses": {"200": {"description": "all", "content": content}}})


def query(**said: Any) -> Document:  # noqa: ANN401 -- what stands in a parameter
    return of({"parameters": [{"in": "query", "name": "q", "schema": {"type": "string"}, **said}]})


def header(**said: Any) -> Document:  # noqa: ANN401 -- what stands in a header
    headers = {"X-Total": {"schema": {"type": "integer"}, **said}}
    return of({"responses": {"200": {"description": "all", "headers": headers}}})


def asking(*choices: Document) -> Document:
    schemes = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "user": {"type": "http", "scheme": "basic"},
    }
    return {**of({"security": list(choices)}), "components": {"securitySchemes": schemes}}


def fields(**known: Document) -> Document:
    return {"type": "object", "properties": known}


TEXT: Document = {"type": "string"}
NOTHING = of({})
# The gateway's document, the service's, and what is done in a request and in an answer.
SCHEMAS: dict[str, tuple[Any, Any, set[str], set[str]]] = {
    "a larger maximum": ({"maximum": 9}, {"maximum": 5}, {BREAKS}, {TOO_LITTLE}),
    "a maximum of nothing": ({"maximum": 0}, {"maximum": 5}, {REFUSES}, {BREAKS}),
    "a maximum that the other one lacks": ({"maximum": 9}, {}, {REFUSES}, {BREAKS}),
    "a minimum that is excluded": (
        {"type": "integer", "exclusiveMinimum": 1}, {"type": "integer", "minimum": 1},
        {REFUSES}, {BREAKS},
    ),
    "more values": ({"enum": ["a", "b"]}, {"enum": ["a"]}, {BREAKS}, {TOO_LITTLE}),
    "other values": ({"enum": ["a"]}, {"enum": ["b"]}, {BREAKS, REFUSES}, {BREAKS, TOO_LITTLE}),
    "one type more": (
        {"type": ["string", "null"]}, {"type": "string"}, {BREAKS}, {TOO_LITTLE}
    ),
    "a number for a whole one": ({"type": "number"}, {"type": "integer"}, {BREAKS}, {TOO_LITTLE}),
    "multiples of more": (
        {"type": "integer", "multipleOf": 10}, {"type": "integer", "multipleOf": 5},
        {REFUSES}, {BREAKS},
    ),
    "fewer bits": (
        {"type": "integer", "format": "int32"}, {"type": "integer", "format": "int64"},
        {REFUSES}, {BREAKS},
    ),
    "another pattern": (
        {"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"},
        {BREAKS, REFUSES}, {BREAKS, TOO_LITTLE},
    ),
    "a field that is required": (
        {**fields(a=TEXT), "required": ["a"]}, fields(a=TEXT), {REFUSES}, {BREAKS}
    ),
    "a field that the gateway alone names": (fields(a=TEXT), fields(), {BREAKS}, {BREAKS}),
    "a field that the service alone names": (
        fields(), fields(a=TEXT), {TOO_LITTLE}, {TOO_LITTLE}
    ),
    "no further field": (
        {**fields(), "additionalProperties": False}, fields(), {REFUSES}, {BREAKS}
    ),
    "one choice more": (
        {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "object"}]},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        {BREAKS}, {TOO_LITTLE},
    ),
    "less that is refused": (
        {"type": "integer", "not": {"maximum": 3}}, {"type": "integer", "not": {"maximum": 5}},
        {BREAKS}, {TOO_LITTLE},
    ),
    "a note": (
        fields(a={"type": "string", "readOnly": True}), fields(a=TEXT), {WORDS}, {WORDS}
    ),
}  # fmt: skip
WHOLE: dict[str, tuple[Document, Document, set[str]]] = {
    "a parameter that the gateway requires": (query(required=True), query(), {REFUSES}),
    "a parameter that the service requires": (query(), query(required=True), {BREAKS}),
    "a parameter that the gateway alone knows": (query(), NOTHING, {BREAKS}),
    "a parameter that the gateway alone knows and requires": (
        query(required=True), NOTHING, {BREAKS, REFUSES}
    ),
    "a parameter that the service alone knows": (NOTHING, query(), {TOO_LITTLE}),
    "a parameter that the service alone knows and requires": (
        NOTHING, query(required=True), {BREAKS}
    ),
    "a default that the gateway alone names": (
        query(schema={"type": "string", "default": "a"}), query(), {BREAKS}
    ),
    "a default that the service alone names": (
        query(), query(schema={"type": "string", "default": "a"}), {TOO_LITTLE}
    ),
    "a parameter in another style": (
        query(style="pipeDelimited"), query(style="spaceDelimited"), {BREAKS, REFUSES}
    ),
    "a body in a form that the service alone takes": (
        NOTHING, sent(TEXT), {REFUSES}
    ),
    "a status that the service alone answers": (
        NOTHING, of({"responses": {"200": {"description": ""}, "404": {"description": ""}}}),
        {BREAKS},
    ),
    "a status that the gateway alone names": (
        of({"responses": {"200": {"description": ""}, "503": {"description": ""}}}), NOTHING,
        {TOO_LITTLE},
    ),
    "a header that the gateway alone names": (header(), NOTHING, {BREAKS}),
    "a header that the service alone sends": (NOTHING, header(), {TOO_LITTLE}),
    "a header that the gateway promises always": (header(required=True), header(), {BREAKS}),
    "a key that the gateway alone asks for": (asking({"key": []}), NOTHING, {REFUSES}),
    "a key that the service alone asks for": (NOTHING, asking({"key": []}), {BREAKS}),
    "one way in more": (asking({"key": []}, {"user": []}), asking({"key": []}), {BREAKS}),
    "both keys in place of one": (asking({"key": [], "user": []}), asking({"key": []}), {REFUSES}),
}  # fmt: skip


def effects(service: Document, gateway: Document) -> set[str]:
    found = drift({"things": service}, gateway)
    assert found
    for one in found:
        worst = min((LEVELS[effect] for effect in one.effects), key=list(LEVELS.values()).index)
        assert one.level == worst
    return {effect for one in found for effect in one.effects}


@pytest.mark.parametrize("what", SCHEMAS)
def test_a_schema_breaks_callers_where_it_is_wider_for_what_is_sent(what: str) -> None:
    gateway, service, in_request, _ = SCHEMAS[what]

    assert effects(sent(service), sent(gateway)) == in_request


@pytest.mark.parametrize("what", SCHEMAS)
def test_a_schema_breaks_callers_where_it_is_narrower_for_what_is_answered(what: str) -> None:
    gateway, service, _, in_answer = SCHEMAS[what]

    assert effects(answered(service), answered(gateway)) == in_answer


@pytest.mark.parametrize("what", WHOLE)
def test_what_is_no_schema_does_its_own_to_callers(what: str) -> None:
    gateway, service, expected = WHOLE[what]

    assert effects(service, gateway) == expected


def test_who_describes_what_stands_in_a_path_takes_less_than_who_does_not() -> None:
    one = {"in": "path", "name": "id", "required": True, "schema": {"type": "integer"}}

    def of(*parameters: Document) -> Document:
        get = {"parameters": list(parameters), "responses": {"200": {"description": "one"}}}
        return {"openapi": "3.1.0", "paths": {"/things/{id}": {"get": get}}}

    assert effects(of(), of(one)) == {REFUSES}
    assert effects(of(one), of()) == {BREAKS}


def test_a_gateway_that_takes_no_further_field_refuses_the_service_s_own() -> None:
    closed = {**fields(b=TEXT), "additionalProperties": False}
    open_ = fields(a=TEXT, b=TEXT)
    found = drift({"things": sent(open_)}, sent(closed))

    assert [one.effects for one in found if one.where == "body /a"] == [(REFUSES,)]


def test_an_operation_that_one_side_alone_has_is_an_error() -> None:
    other = {"openapi": "3.1.0", "paths": {"/others": {"get": {"responses": {"200": {}}}}}}
    found = drift({"things": NOTHING}, other)

    assert [(one.operation, one.effects, one.level) for one in found] == [
        ("POST /things", (REFUSES,), "error"),
        ("GET /others", (BREAKS,), "error"),
    ]
