"""A difference in what operations share is told once, with all that it reaches."""

from typing import Any

import pytest

from contract_tests.drift.document_comparison import drift
from contract_tests.drift.telling.full_sentences import in_full
from contract_tests.drift.telling.shared_differences import (
    SharedDifference,
    component_title,
    told_once,
)

Document = dict[str, Any]
OK: Document = {"200": {"description": "all"}}
ITEM: Document = {"type": "object", "properties": {"qty": {"type": "integer", "maximum": 9}}}


def content(schema: Document) -> Document:
    return {"content": {"application/json": {"schema": schema}}}


def shop(item: Document, **components: Document) -> Document:
    """Return a document that sends and answers items, alone and in a list."""
    one = {"$ref": "#/components/schemas/Item"}
    listed = {"200": {"description": "all", **content({"type": "array", "items": one})}}
    added = {"201": {"description": "one", **content(one)}}
    paths = {
        "/items": {
            "get": {"responses": listed},
            "post": {"requestBody": content(one), "responses": added},
        }
    }
    return {
        "openapi": "3.1.0",
        "paths": paths,
        "components": {"schemas": {"Item": item}, **components},
    }


def told(service: Document, gateway: Document) -> list[SharedDifference]:
    return told_once(drift({"shop": service}, gateway))


def reached(one: SharedDifference) -> list[tuple[str, str, str]]:
    return [(place.operation, place.where, place.direction) for place in one.places]


def test_a_bound_in_a_shared_schema_is_told_once_with_each_place_and_its_direction() -> None:
    wider = {"type": "object", "properties": {"qty": {"type": "integer"}}}
    [one] = told(shop(ITEM), shop(wider))

    assert one.title == "Item /qty"
    assert one.first.said == "the gateway says no maximum, shop says at most 9"
    assert reached(one) == [
        ("GET /items", "answer 200 /*/qty", "answer"),
        ("POST /items", "body /qty", "request"),
        ("POST /items", "answer 201 /qty", "answer"),
    ]


def test_what_it_does_is_told_by_direction() -> None:
    wider = {"type": "object", "properties": {"qty": {"type": "integer"}}}
    [one] = told(shop(ITEM), shop(wider))

    assert [place.effects for place in one.places] == [
        ("promises too little",), ("breaks callers",), ("promises too little",)
    ]  # fmt: skip
    assert (one.effects, one.level) == (("breaks callers", "promises too little"), "error")
    assert in_full(one) == (
        "GET /items, answer 200 /*/qty: the gateway says no maximum, shop says at most 9. "
        "In answers it promises too little, in requests it breaks callers. "
        "It stands in Item /qty, so it reaches POST /items too."
    )


def test_a_renamed_field_is_two_differences_and_not_two_for_each_operation() -> None:
    renamed = {"type": "object", "properties": {"quantity": {"type": "integer", "maximum": 9}}}

    assert [one.title for one in told(shop(ITEM), shop(renamed))] == [
        "Item /quantity",
        "Item /qty",
    ]


def test_two_fields_that_a_shared_schema_lacks_are_two_differences() -> None:
    both = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}

    titles = [one.title for one in told(shop(both), shop({"type": "object"}))]
    assert titles == ["Item /a", "Item /b"]


def test_it_is_told_once_where_one_side_alone_shares_it() -> None:
    gateway = shop({"type": "object", "properties": {"qty": {"type": "integer"}}})
    own = gateway["components"]["schemas"].pop("Item")
    items = gateway["paths"]["/items"]
    items["get"]["responses"]["200"] |= content({"type": "array", "items": own})
    items["post"]["requestBody"] = content(dict(own))
    items["post"]["responses"]["201"] |= content(dict(own))
    [one] = told(shop(ITEM), gateway)
    [other] = told(gateway, shop(ITEM))

    assert (one.title, len(one.places)) == ("Item /qty", 3)
    assert (other.title, len(other.places)) == ("Item /qty", 3)


def test_a_shared_parameter_that_one_side_lacks_is_told_once() -> None:
    limit = {"in": "query", "name": "limit", "schema": {"type": "integer"}}
    refer = {"parameters": [{"$ref": "#/components/parameters/Limit"}], "responses": OK}
    paths = {"/a": {"get": refer}, "/b": {"get": refer}}
    service = {"openapi": "3.1.0", "paths": paths, "components": {"parameters": {"Limit": limit}}}
    gateway = {"openapi": "3.1.0", "paths": {p: {"get": {"responses": OK}} for p in paths}}
    [one] = told(service, gateway)

    assert one.title == "parameter Limit"
    assert reached(one) == [
        ("GET /a", "query limit", "request"),
        ("GET /b", "query limit", "request"),
    ]


def test_a_shared_answer_that_the_gateway_lacks_is_told_once() -> None:
    refer = {"responses": {**OK, "404": {"$ref": "#/components/responses/Gone"}}}
    paths = {"/a": {"get": refer}, "/b": {"get": refer}}
    gone = {"description": "none"}
    service = {"openapi": "3.1.0", "paths": paths, "components": {"responses": {"Gone": gone}}}
    gateway = {"openapi": "3.1.0", "paths": {p: {"get": {"responses": OK}} for p in paths}}
    [one] = told(service, gateway)

    assert (one.title, len(one.places)) == ("response Gone", 2)


def test_what_the_operations_of_one_path_share_is_told_once() -> None:
    def of(most: int) -> Document:
        schema = {"type": "integer", "maximum": most}
        shared = [{"in": "query", "name": "n", "schema": schema}]
        item = {"parameters": shared, "get": {"responses": OK}, "put": {"responses": OK}}
        return {"openapi": "3.1.0", "paths": {"/a": item}}

    [one] = told(of(1), of(2))

    assert (one.title, len(one.places)) == ("GET /a, query n", 2)
    assert in_full(one).endswith("It stands in what PUT /a share with it.")


def test_two_operations_that_share_nothing_are_told_apart() -> None:
    def of(most: int) -> Document:
        def get() -> Document:
            schema = {"type": "integer", "maximum": most}
            return {"parameters": [{"in": "query", "name": "n", "schema": schema}], "responses": OK}

        return {"openapi": "3.1.0", "paths": {"/a": {"get": get()}, "/b": {"get": get()}}}

    assert [one.title for one in told(of(1), of(2))] == ["GET /a, query n", "GET /b, query n"]


def test_two_changes_of_one_component_are_told_apart() -> None:
    other = {
        "type": "object",
        "properties": {"qty": {"type": "integer", "maximum": 8, "minimum": 1}},
    }

    assert len(told(shop(ITEM), shop(other))) == 2


@pytest.mark.parametrize(
    ("pointer", "title"),
    [
        ("#/components/schemas/Item", "Item"),
        ("#/components/schemas/Item/properties/qty", "Item /qty"),
        ("#/components/schemas/Item/allOf/1/properties/tags/items", "Item /tags/*"),
        ("#/components/schemas/Map/additionalProperties/properties/a", "Map /*/a"),
        ("#/components/schemas/a~1b", "a/b"),
        ("#/components/schemas/Item/properties/properties", "Item /properties"),
        ("#/components/parameters/Limit/schema", "parameter Limit"),
    ],
)
def test_a_component_is_called_by_its_name_and_the_way_to_the_field(
    pointer: str, title: str
) -> None:
    assert component_title(pointer) == title


def test_what_a_gateway_forgot_of_all_operations_alike_is_told_once_with_each_of_them() -> None:
    paths = {
        path: {"get": {"responses": {**OK, "429": {"description": "slow down"}}}}
        for path in ("/a", "/b", "/c")
    }
    forgetful = {path: {"get": {"responses": OK}} for path in paths}
    [one] = told({"openapi": "3.1.0", "paths": paths}, {"openapi": "3.1.0", "paths": forgetful})

    assert one.title == "3 operations, answer 429"
    assert [place.operation for place in one.places] == ["GET /a", "GET /b", "GET /c"]
    assert in_full(one) == (
        "GET /a, answer 429: shop knows it, the gateway does not. It breaks callers. "
        "So it is in GET /b, GET /c."
    )


def test_a_status_that_one_of_two_has_of_its_own_is_not_told_as_the_others_component() -> None:
    slow = {"description": "slow down"}
    answers: list[Document] = [{"$ref": "#/components/responses/Slow"}, slow]
    published = {
        "openapi": "3.1.0",
        "paths": {
            path: {"get": {"responses": {**OK, "429": answer}}}
            for path, answer in zip(("/a", "/b"), answers, strict=True)
        },
        "components": {"responses": {"Slow": slow}},
    }
    forgetful = {path: {"get": {"responses": OK}} for path in ("/a", "/b")}
    [one] = told(published, {"openapi": "3.1.0", "paths": forgetful})

    assert one.title == "2 operations, answer 429"
    assert in_full(one).endswith("So it is in GET /b.")


def test_statuses_of_which_different_things_are_said_stay_apart() -> None:
    def both(of_a: Document, of_b: Document) -> Document:
        paths = {"/a": {"get": {"responses": of_a}}, "/b": {"get": {"responses": of_b}}}
        return {"openapi": "3.1.0", "paths": paths}

    more = {**OK, "429": {"description": "slow down"}}
    found = told(both(more, OK), both(OK, more))

    assert [one.title for one in found] == ["GET /a, answer 429", "GET /b, answer 429"]
