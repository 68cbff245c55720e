"""Documents as the [contract] has them: without what is left out, and without what is added."""

import copy
from typing import Any

import pytest

from contract_tests.agreement.agreed_documents import NO_WAY, Agreement, agreed
from contract_tests.agreement.document_changes import keys
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.contract_spec import CollectionSpec, LeaveOut, PathRule
from testcontainers_fixtures.stack_spec import Contract

USER = {"in": "header", "name": "X-User", "required": True, "schema": {"type": "string"}}
LINKS = {
    "upload": {"operationId": "upload"},
    "read": {"operationId": "read"},
}
SHOP: dict[str, Any] = {
    "openapi": "3.1.0",
    "components": {"parameters": {"User": USER}},
    "paths": {
        "/orders": {
            "parameters": [{"$ref": "#/components/parameters/User"}],
            "get": {"operationId": "read", "responses": {"200": {"description": "well"}}},
            "post": {"responses": {"201": {"description": "well", "links": LINKS}}},
        },
        "/files": {"post": {"operationId": "upload", "responses": {}}, "get": {"responses": {}}},
        "/auth/login": {"$ref": "#/components/pathItems/Login"},
    },
}
SHOP["components"]["pathItems"] = {"Login": {"post": {"responses": {}}}}
LEFT = (
    LeaveOut(route="POST /files", because="an upload"),
    LeaveOut(route="/auth/*", because="tokens"),
)


def shop(**said: Any) -> Agreement:  # noqa: ANN401 -- what Contract takes
    return agreed({"": copy.deepcopy(SHOP), "shop": copy.deepcopy(SHOP)}, Contract(**said))


def test_what_is_left_out_is_in_no_document_and_is_told_once_with_its_reason() -> None:
    found = shop(leave_out=LEFT)
    left = {(one.service, one.operation, one.because) for one in found.left_out}

    for document in found.documents.values():
        assert "/auth/login" not in document["paths"]
        assert set(keys(document)) == {("GET", "/orders"), ("POST", "/orders"), ("GET", "/files")}
    assert left == {("shop", "POST /files", "an upload"), ("shop", "POST /auth/login", "tokens")}
    assert found.notes == ()


def test_a_link_to_what_is_left_out_is_left_out_as_well() -> None:
    post = shop(leave_out=LEFT).documents["shop"]["paths"]["/orders"]["post"]

    assert list(post["responses"]["201"]["links"]) == ["read"]


def test_what_means_no_published_operation_is_noted() -> None:
    found = shop(leave_out=(LeaveOut(route="/web/*", because="pages"),))

    assert found.left_out == ()
    assert found.notes == (
        "`leave_out` of [contract] has '/web/*', which is no published operation.",
    )


def test_a_header_that_the_gateway_adds_is_no_clients_parameter() -> None:
    with_it = shop().documents["shop"]["paths"]["/orders"]
    without = shop(added_headers=("x-user",)).documents["shop"]["paths"]["/orders"]

    assert len(with_it["parameters"]) == 1
    assert without["parameters"] == []


def test_what_no_path_leads_to_is_left_out_and_says_so() -> None:
    own = {"openapi": "3.1.0", "paths": {"/in/a": {"get": {}}, "/health": {"get": {}}}}
    found = agreed({"shop": own}, Contract(paths={"shop": PathRule(add="/in")}))

    assert list(found.documents["shop"]["paths"]) == ["/a"]
    assert [(one.operation, one.because) for one in found.left_out] == [("GET /health", NO_WAY)]
    assert found.of("shop").to_service("/a") == "/in/a"


def test_what_another_service_has_at_the_gateway_explains_nothing() -> None:
    def documents(**paths: str) -> dict[str, Any]:
        return {
            name: {"openapi": "3.1.0", "paths": {path: {"get": {"responses": {}}}}}
            for name, path in paths.items()
        }

    gateway = documents(gateway="/api/orders/items")["gateway"]
    astray = agreed({"": gateway, **documents(stock="/items")}, Contract())
    owned = agreed(
        {"": gateway, **documents(stock="/items", orders="/api/orders/items")}, Contract()
    )

    assert ['stock = { strip = "/api/orders" }' in hint for hint in astray.hints] == [True]
    assert owned.hints == ()


def test_a_rule_counts_also_where_no_document_is_known() -> None:
    found = agreed({}, Contract(paths={"shop": PathRule(strip="/v1")}))

    assert found.of("shop").to_service("/v1/a") == "/a"
    assert found.of("other").to_service("/v1/a") == "/v1/a"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            {"collections": {"/order": CollectionSpec(rows="/items")}},
            "names '/order', which no service answers a GET at; seen: /files, /orders.",
        ),
        (
            {"leave_out": (LeaveOut(check="pariti", because="x"),)},
            "names the check 'pariti', which is none (did you mean `parity`?)",
        ),
    ],
    ids=["a list", "a check"],
)
def test_what_names_nothing_is_one_sentence(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SpecError) as refused:
        shop(**said)

    assert sentence in str(refused.value)


def with_parts(**behind: str) -> dict[str, Any]:
    """Return the shop with a path behind each order, and a service of other parts."""
    paths: dict[str, Any] = {
        f"/orders/{{id}}{one}": {"get": {"responses": {}}} for one in behind.values()
    }
    other = {"openapi": "3.1.0", "paths": {"/orders/{id}/prices": {"get": {"responses": {}}}}}
    return {"shop": {**SHOP, "paths": {**SHOP["paths"], **paths}}, "prices": other}


@pytest.mark.parametrize(
    ("gone", "seen"),
    [
        pytest.param("/availabilty", "/availability, /log", id="misspelt"),
        pytest.param("/prices", "/availability, /log", id="of another service"),
    ],
)
def test_what_is_to_be_gone_with_an_item_is_a_path_behind_it(gone: str, seen: str) -> None:
    there = with_parts(a="/availability", b="/log", c="/log/{line}")
    promises = Contract(collections={"/orders": CollectionSpec(gone=("/log", gone))})

    with pytest.raises(SpecError) as refused:
        agreed(there, promises)

    said = f"`gone` of '/orders', in `collections` of [contract], names {gone!r}, at which no item"
    assert f"{said} answers a GET; seen: {seen}." in str(refused.value)


def test_what_is_to_be_gone_is_a_path_of_the_gateways() -> None:
    promises = Contract(
        paths={"shop": PathRule(strip="/v1")},
        collections={"/v1/orders": CollectionSpec(gone=("/log",))},
    )

    assert (
        "/v1/orders/{id}/log" in agreed(with_parts(a="/log"), promises).documents["shop"]["paths"]
    )
    with pytest.raises(SpecError, match="seen: no such path"):
        agreed({"shop": SHOP}, promises)


@pytest.mark.parametrize("route", ["GET /orders/*/log", "/orders/*"])
def test_what_is_to_be_gone_may_be_left_out(route: str) -> None:
    promises = Contract(
        leave_out=(LeaveOut(route=route, because="a stream"),),
        collections={"/orders": CollectionSpec(gone=("/log",))},
    )
    found = agreed(with_parts(a="/log"), promises)

    assert "/orders/{id}/log" not in found.documents["shop"]["paths"]
    assert "GET /orders/{id}/log" in [one.operation for one in found.left_out]


def test_a_list_that_is_told_of_may_be_left_out() -> None:
    found = shop(
        leave_out=(LeaveOut(route="GET /files", because="a stream"),),
        collections={"/files": CollectionSpec(rows="/items")},
    )

    assert "get" not in found.documents["shop"]["paths"]["/files"]


def test_a_promise_is_a_check_by_its_own_words() -> None:
    assert shop(leave_out=(LeaveOut(check="pages without loss or repeat", because="x"),))
