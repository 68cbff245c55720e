"""Of a difference come documents of one operation, each for a kind of request that may show it."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contract_tests.drift.document_comparison import drift
from contract_tests.drift.documents import at, operations, unnamed
from contract_tests.drift.narrowing import Narrowed, narrowed

Document = dict[str, Any]

NODE: Document = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 50},
        "left": {"$ref": "#/components/schemas/Node"},
    },
}
SHOP: Document = {
    "openapi": "3.1.0",
    "paths": {
        "/{shop}/nodes/{node}": {
            "parameters": [{"name": "node", "in": "path", "required": True, "schema": {}}],
            "post": {
                "parameters": [
                    {"name": "page", "in": "query", "schema": {"type": "integer", "default": 1}},
                    {"name": "sort", "in": "query", "schema": {"type": "string"}},
                    {"name": "X-Who", "in": "header", "required": True, "schema": {}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Node"}},
                        "text/plain": {"schema": {"type": "string", "maxLength": 9}},
                    }
                },
                "responses": {"200": {}},
            },
        }
    },
    "components": {"schemas": {"Node": NODE}},
}


def operation(document: Document) -> Document:
    found: Document = document["paths"]["/{shop}/nodes/{node}"]["post"]
    return found


def made(change: Callable[[Document], object]) -> list[Narrowed]:
    """Return the documents that come of the first difference after a change."""
    gateway = copy.deepcopy(SHOP)
    change(gateway)
    [first, *_] = drift({"shop": SHOP}, gateway)
    [published] = operations(SHOP).values()
    mirror = operations(gateway).get((published.method, unnamed(published.path)))
    return list(narrowed(first, published, mirror))


def said(one: Narrowed) -> Document:
    found: Document = one.document["paths"][one.path][one.method]
    return found


def names(one: Narrowed) -> set[tuple[str, str]]:
    return {(p["in"], p["name"]) for p in said(one)["parameters"]}


def page(document: Document) -> Document:
    found: Document = operation(document)["parameters"][0]
    return found


ALWAYS = {("path", "1"), ("path", "2"), ("header", "x-who")}


def test_a_path_has_its_places_for_names_and_what_is_optional_is_left_out() -> None:
    [with_it, without_it] = made(lambda d: page(d)["schema"].update(default=2))

    assert with_it.path == "/{1}/nodes/{2}"
    assert names(with_it) == ALWAYS | {("query", "page")}
    assert names(without_it) == ALWAYS
    assert "requestBody" not in said(with_it)


def test_a_bound_is_asked_about_by_what_one_side_alone_takes_then_as_published() -> None:
    schemas = [
        next(p["schema"] for p in said(one)["parameters"] if p["name"] == "page")
        for one in made(lambda d: page(d)["schema"].update(maximum=5))[:2]
    ]

    assert schemas == [{"type": "integer", "minimum": 6}, {"type": "integer", "default": 1}]


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_a_body_is_asked_about_in_the_content_type_in_dispute(kind: str) -> None:
    def shorter(document: Document) -> None:
        if kind == "text/plain":
            operation(document)["requestBody"]["content"][kind]["schema"]["maxLength"] = 5
        else:
            document["components"]["schemas"]["Node"]["properties"]["name"]["maxLength"] = 40

    found = made(shorter)

    assert found
    assert all(list(said(one)["requestBody"]["content"]) == [kind] for one in found)


def test_whether_a_body_may_be_missing_is_asked_with_one_and_without() -> None:
    [with_it, without_it] = made(lambda d: operation(d)["requestBody"].update(required=True))

    assert said(with_it)["requestBody"]["required"]
    assert "requestBody" not in said(without_it)


def test_a_reference_leads_to_what_it_led_to_before_however_deep_it_stands() -> None:
    def shorter(document: Document) -> None:
        document["components"]["schemas"]["Node"]["properties"]["name"]["maxLength"] = 40

    found = made(shorter)
    references = [(one, ref) for one in found for ref in referred(one.document)]

    assert references
    for one, reference in references:
        assert {"$ref", "properties"} & set(at(one.document, reference))


def referred(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from referred(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from referred(inner)


def test_what_no_request_can_show_has_no_document() -> None:
    assert made(lambda d: operation(d)["responses"].update({"201": {}})) == []
