"""What the drift on paper sees between a service's document and a gateway's."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.drift.document_comparison import drift

Document = dict[str, Any]
Change = Callable[[Document], object]

ITEM: Document = {
    "type": "object",
    "properties": {"qty": {"type": "integer", "maximum": 2_147_483_647}},
    "required": ["qty"],
}
SHOP: Document = {
    "openapi": "3.1.0",
    "paths": {
        "/items": {
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "default": 10}}
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Item"},
                                }
                            }
                        },
                        "headers": {"X-Total": {"schema": {"type": "integer"}}},
                    }
                },
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Item"}}
                    },
                },
                "responses": {"201": {}},
            },
        },
        "/items/{item_id}": {
            "get": {
                "parameters": [
                    {"name": "item_id", "in": "path", "required": True, "schema": {"minimum": 1}}
                ],
                "responses": {"200": {}},
            }
        },
    },
    "components": {"schemas": {"Item": ITEM}},
}


def said(change: Change) -> list[str]:
    """Return the sentences about a gateway that differs by one change."""
    gateway = copy.deepcopy(SHOP)
    change(gateway)
    return [one.sentence for one in drift({"shop": SHOP}, gateway)]


def listing(document: Document) -> Document:
    found: Document = document["paths"]["/items"]["get"]
    return found


def item(document: Document) -> Document:
    found: Document = document["components"]["schemas"]["Item"]
    return found


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        pytest.param(
            lambda d: d["paths"].pop("/items/{item_id}"),
            [
                "GET /items/{item_id}, operation: shop publishes it, the gateway does not.",
            ],
            id="an operation is missing",
        ),
        pytest.param(
            lambda d: d["paths"]["/items"].update(put={"responses": {"200": {}}}),
            ["PUT /items, operation: the gateway publishes it, no service does."],
            id="an operation too many",
        ),
        pytest.param(
            lambda d: listing(d)["parameters"].pop(),
            ["GET /items, query limit: shop knows it, the gateway does not."],
            id="a parameter is missing",
        ),
        pytest.param(
            lambda d: listing(d)["parameters"][0].update(required=True),
            ["GET /items, query limit: the gateway says required, shop says optional."],
            id="a parameter is required",
        ),
        pytest.param(
            lambda d: listing(d)["parameters"][0]["schema"].update(default=20),
            ["GET /items, query limit: the gateway says default 20, shop says default 10."],
            id="another default",
        ),
        pytest.param(
            lambda d: listing(d)["parameters"][0].update(explode=False),
            [
                (
                    "GET /items, query limit: "
                    "the gateway says style form, shop says style form, exploded."
                )
            ],
            id="lists are written otherwise",
        ),
        pytest.param(
            lambda d: item(d)["properties"]["qty"].pop("maximum"),
            [
                (
                    "GET /items, answer 200 /*/qty: "
                    "the gateway says no maximum, shop says at most 2147483647."
                ),
                (
                    "POST /items, body /qty: "
                    "the gateway says no maximum, shop says at most 2147483647."
                ),
            ],
            id="a bound is gone, in the body and in the answer",
        ),
        pytest.param(
            lambda d: d["paths"]["/items"]["post"]["requestBody"].pop("required"),
            ["POST /items, body: the gateway says optional, shop says required."],
            id="the body is optional",
        ),
        pytest.param(
            lambda d: d["paths"]["/items"]["post"]["responses"].update({"200": {}}),
            ["POST /items, answer 200: the gateway knows it, shop does not."],
            id="a status too many",
        ),
        pytest.param(
            lambda d: listing(d)["responses"]["200"].pop("headers"),
            ["GET /items, answer 200 header x-total: shop knows it, the gateway does not."],
            id="an answer's header is missing",
        ),
        pytest.param(
            lambda d: listing(d)["responses"]["200"].update(content={}),
            [
                (
                    "GET /items, answer 200: "
                    "the gateway says no application/json, shop says application/json."
                )
            ],
            id="another content type",
        ),
        pytest.param(
            lambda d: listing(d).update(security=[{"key": []}]),
            ["GET /items, security: the gateway says key, shop says nothing."],
            id="a key is asked for",
        ),
    ],
)
def test_each_drift_is_told_in_a_sentence_of_its_own(change: Change, sentences: list[str]) -> None:
    assert said(change) == sentences


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: None, id="nothing"),
        pytest.param(
            lambda d: item(d)["properties"]["qty"].update(maximum=2_147_483_647.0),
            id="a bound written as a float",
        ),
        pytest.param(lambda d: item(d).update(title="Article"), id="a title"),
        pytest.param(
            lambda d: d["paths"].update(
                {"/items/{id}": renamed(d["paths"].pop("/items/{item_id}"))}
            ),
            id="a path parameter's name",
        ),
        pytest.param(
            lambda d: item(d)["properties"]["qty"].update(anyOf=[{"type": "integer"}]),
            id="a clause that says nothing new",
        ),
    ],
)
def test_what_means_the_same_is_no_drift(change: Change) -> None:
    assert said(change) == []


def renamed(path: Document) -> Document:
    path["get"]["parameters"][0]["name"] = "id"
    return path


def test_a_difference_in_what_a_request_may_hold_comes_with_exactly_the_disputed_values() -> None:
    gateway = copy.deepcopy(SHOP)
    listing(gateway)["parameters"][0]["schema"]["maximum"] = 100

    [found] = drift({"shop": SHOP}, gateway)

    assert found.at == ("query", "limit")
    assert found.only_gateway is None
    assert found.only_service is not None
    assert found.only_service["minimum"] == 101


def test_null_is_read_in_the_way_of_openapi_3_0_as_well() -> None:
    old = copy.deepcopy(SHOP) | {"openapi": "3.0.3"}
    item(old)["properties"]["qty"]["nullable"] = True
    new = copy.deepcopy(SHOP)
    item(new)["properties"]["qty"] = {"anyOf": [ITEM["properties"]["qty"], {"type": "null"}]}

    assert drift({"shop": old}, new) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            lambda d: renamed_key(d["paths"]["/items"]["post"]["responses"], "201", "2XX"),
            "POST /items, answer 2XX: the gateway knows it, shop does not.",
            id="a range of statuses",
        ),
        pytest.param(
            lambda d: renamed_key(
                d["paths"]["/items"]["post"]["requestBody"]["content"], "application/json", "*/*"
            ),
            "POST /items, body: the gateway says */*, shop says no */*.",
            id="a range of media types",
        ),
    ],
)
def test_what_a_range_has_is_not_missing(change: Change, sentence: str) -> None:
    assert said(change) == [sentence]


def renamed_key(place: Document, name: str, other: str) -> None:
    place[other] = place.pop(name)
