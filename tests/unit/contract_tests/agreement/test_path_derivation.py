"""Where a service's operations are at the gateway: by the stack file, else by `servers`."""

from typing import Any

import pytest

from contract_tests.agreement.document_changes import keys
from contract_tests.agreement.path_derivation import PathDerivation, PlacedDocument
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.contract_spec import PathRule


def document(*paths: str, servers: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {
        "openapi": "3.1.0",
        "paths": {path: {"get": {"responses": {}}} for path in paths},
    }
    return made | ({"servers": [{"url": servers}]} if servers else {})


def placed(
    gateway: dict[str, Any] | None,
    service: dict[str, Any],
    rule: PathRule | None = None,
    doorstep: str = "",
) -> PlacedDocument:
    return PathDerivation(gateway, doorstep).of("orders", service, rule)


ORDERS = document("/orders")


@pytest.mark.parametrize(
    ("gateway", "service", "there", "asked"),
    [
        pytest.param(ORDERS, ORDERS, "/orders", "/orders", id="one path"),
        pytest.param(
            document("/orders", servers="/api/v1"),
            ORDERS,
            "/api/v1/orders",
            "/orders",
            id="root_path",
        ),
        pytest.param(
            document("/orders", servers="/api/v1"),
            document("/orders", servers="/api/v1"),
            "/api/v1/orders",
            "/api/v1/orders",
            id="both say the same",
        ),
        pytest.param(
            ORDERS,
            document("/orders", servers="/internal"),
            "/orders",
            "/internal/orders",
            id="the service's own",
        ),
        pytest.param(
            document("/orders", servers="/v1"),
            document("/orders", servers="/internal"),
            "/v1/orders",
            "/internal/orders",
            id="each its own",
        ),
        pytest.param(
            document("/api/v1/orders"),
            document("/orders", servers="https://api.example.com/api/v1"),
            "/api/v1/orders",
            "/orders",
            id="a public address",
        ),
    ],
)
def test_servers_say_where_an_operation_is(
    gateway: dict[str, Any], service: dict[str, Any], there: str, asked: str
) -> None:
    found = placed(gateway, service)

    assert keys(found.document) == {("GET", there): there}
    assert found.paths.to_service(there) == asked
    assert bool(found.note) == (there != asked)


@pytest.mark.parametrize(
    ("gateway", "service", "rule", "there", "asked"),
    [
        pytest.param(
            document("/api/v1/orders"),
            ORDERS,
            PathRule(strip="/api/v1"),
            "/api/v1/orders",
            "/orders",
            id="stripped",
        ),
        pytest.param(
            document("/api/v1/orders"),
            document("/orders", servers="/api/v1"),
            PathRule(strip="/api/v1"),
            "/api/v1/orders",
            "/orders",
            id="stripped, as its servers say too",
        ),
        pytest.param(
            ORDERS, document("/in/orders"), PathRule(add="/in"), "/orders", "/in/orders", id="added"
        ),
        pytest.param(
            ORDERS,
            document("/orders", servers="/in"),
            PathRule(add="/in"),
            "/orders",
            "/in/orders",
            id="added, where its servers say it",
        ),
        pytest.param(
            document("/bills"),
            ORDERS,
            PathRule(rename={"/bills": "/orders"}),
            "/bills",
            "/orders",
            id="renamed",
        ),
        pytest.param(None, ORDERS, PathRule(strip="/v1"), "/v1/orders", "/orders", id="no mirror"),
    ],
)
def test_a_rule_of_the_stack_file_says_so(
    gateway: dict[str, Any] | None, service: dict[str, Any], rule: PathRule, there: str, asked: str
) -> None:
    found = placed(gateway, service, rule)

    assert keys(found.document) == {("GET", there): there}
    assert found.paths.to_service(there) == asked
    assert found.note == ""


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        pytest.param(
            PathRule(strip="/api/v2"),
            "leads to no operation of the gateway's: by it orders is asked for GET /api/v2/orders, "
            "and the gateway publishes GET /api/v1/orders.",
            id="another prefix",
        ),
        pytest.param(
            PathRule(add="/in"),
            "leads to no operation: expected paths that begin with /in in the document of orders; "
            "seen: GET /orders.",
            id="nothing begins so",
        ),
        pytest.param(
            PathRule(strip="/api/v1", rename={"/labels": "/tags"}),
            "leads to no operation by '/labels': none of orders is at /tags; seen: GET /orders.",
            id="nothing is called so",
        ),
    ],
)
def test_a_rule_that_leads_nowhere_is_one_sentence(rule: PathRule, sentence: str) -> None:
    with pytest.raises(SpecError) as refused:
        placed(document("/api/v1/orders"), ORDERS, rule)

    assert str(refused.value) == f"`paths.orders` of [contract] {sentence}"


def test_an_operation_that_no_path_leads_to_is_lost_and_named() -> None:
    found = placed(ORDERS, document("/in/orders", "/health"), PathRule(add="/in"))

    assert found.lost == ("GET /health",)


def test_where_nothing_of_a_service_is_at_the_gateway_the_rule_that_would_help_is_named() -> None:
    found = placed(document("/api/v1/orders"), ORDERS)

    assert keys(found.document) == {("GET", "/orders"): "/orders"}
    assert 'paths = { orders = { strip = "/api/v1" } }' in (
        found.hint.sentence if found.hint else ""
    )


def test_a_health_request_that_both_have_does_not_hide_a_base_path() -> None:
    service = document("/health", "/orders", "/stock", "/prices")
    found = placed(document("/health", "/v1/orders", "/v1/stock", "/v1/prices"), service)

    assert found.hint
    assert found.hint.explains(keys(service), set())
    assert found.hint.sentence.startswith("Of 4 operations of orders 1 is in the gateway's")


def test_a_gateway_that_has_most_of_a_services_paths_as_they_are_needs_no_rule() -> None:
    service = document("/orders", "/stock", "/prices")

    assert placed(document("/orders", "/stock", "/v1/orders", "/v1/prices"), service).hint is None


def test_a_gateway_that_has_but_few_of_a_services_paths_elsewhere_is_not_explained_away() -> None:
    service = document("/orders", "/stock", "/prices")
    found = placed(document("/shop/orders"), service)

    assert found.hint
    assert not found.hint.explains(keys(service), set())


def test_a_rule_of_nothing_says_that_what_is_not_at_the_gateway_is_not_meant_to_be() -> None:
    found = placed(document("/api/v1/orders"), ORDERS, PathRule())

    assert found.hint is None
    assert keys(found.document) == {("GET", "/orders"): "/orders"}


def test_a_prefix_that_the_gateways_own_url_has_is_not_said_twice() -> None:
    gateway = document("/orders", servers="/api/v1")
    found = placed(gateway, ORDERS, doorstep="http://127.0.0.1:1/api/v1")

    assert found.paths.rule is None
    assert keys(found.document) == {("GET", "/orders"): "/orders"}
