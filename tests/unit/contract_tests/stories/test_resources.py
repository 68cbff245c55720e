"""What a collection's document says of it."""

import copy
from typing import Any

import pytest

from contract_tests.stories.resources import MOST_ROWS, Resource, largest, resources
from tests.unit.contract_tests.drift.shelf import DOCUMENT, things


@pytest.mark.parametrize(
    ("most", "used"),
    [
        pytest.param(50, 50, id="a number"),
        pytest.param(50.0, 50, id="a whole number written as a fraction"),
        pytest.param(float("inf"), MOST_ROWS, id="1e999"),
        pytest.param(float("nan"), MOST_ROWS, id="no number at all"),
        pytest.param(10**400, MOST_ROWS, id="more than a float holds"),
        pytest.param(0, MOST_ROWS, id="none"),
        pytest.param("9" * 5_000, MOST_ROWS, id="text"),
    ],
)
def test_a_limit_of_no_use_is_the_usual_one(most: object, used: int) -> None:
    assert largest({"maximum": most}) == used


def test_so_is_one_that_is_not_there() -> None:
    assert largest({}) == MOST_ROWS


ROWS = {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}
THING = {"type": "object", "properties": {"id": {"type": "integer"}, "title": {"type": "string"}}}


def listing(properties: dict[str, Any], *, item: str = "thing_id") -> list[Resource]:
    """Return the resources of a shelf whose list answers an object with these fields."""
    document: dict[str, Any] = copy.deepcopy(DOCUMENT)
    document["components"] = {
        "schemas": {"Page": {"type": "object", "properties": properties}, "Thing": THING}
    }
    page = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}}
    document["paths"]["/things"]["get"]["responses"] = {"200": page}
    one = document["paths"].pop("/things/{thing_id}")
    one["parameters"][0]["name"] = item
    document["paths"][f"/things/{{{item}}}"] = one
    return resources(document)


@pytest.mark.parametrize(
    "properties",
    [
        {"items": ROWS},
        {"items": ROWS, "total": {"type": "integer"}, "next": {"type": "string"}},
        {"items": ROWS, "tags": {"type": "array", "items": {"type": "string"}}},
        {"items": {"anyOf": [ROWS, {"type": "null"}]}, "page": True},
    ],
    ids=["alone", "with a total", "beside texts", "or nothing"],
)
def test_rows_may_stand_in_an_envelope(properties: dict[str, Any]) -> None:
    [one] = listing(properties)

    assert one.form.rows == ("items",)
    assert one.rows({"items": [{"id": 1}, 2], "total": 1}) == [{"id": 1}]
    assert one.rows({"total": 0}) == one.rows([{"id": 1}]) == one.rows("none") == []
    assert one.key({"id": 7}) == "7"


@pytest.mark.parametrize(
    ("properties", "item"),
    [
        ({"items": ROWS, "others": ROWS}, "thing_id"),
        ({"items": {"type": "array", "items": {"type": "string"}}}, "thing_id"),
        ({"total": {"type": "integer"}}, "thing_id"),
        ({"items": ROWS}, "number"),
    ],
    ids=["two arrays", "texts", "no array", "objects without a key"],
)
def test_another_object_is_no_list(properties: dict[str, Any], item: str) -> None:
    assert listing(properties, item=item) == []


def test_an_array_needs_no_envelope() -> None:
    assert things().form.rows == ()
    assert things().rows([{"id": 1}]) == [{"id": 1}]
    assert things().rows({"items": [{"id": 1}]}) == []
