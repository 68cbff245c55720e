"""What an unauthenticated client tries at a gateway, and which answers keep it out."""

from typing import Any

import pytest

from contract_tests.drift.document_comparison import drift
from contract_tests.drift.required_parameters import Parameters
from contract_tests.hops.parity import ObservedResponse
from contract_tests.stories.admission import (
    UnauthenticatedRequest,
    guarded_operations,
    refusal,
    unauthenticated_requests,
)
from testcontainers_fixtures.stack_spec import Contract

SHOP: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/things/{thing_id}": {
            "get": {"responses": {"200": {}}},
            "patch": {"responses": {"200": {}}},
        }
    },
}
SCHEMES: dict[str, dict[str, str]] = {
    "Key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "Asked": {"type": "apiKey", "in": "query", "name": "key"},
    "Cookie": {"type": "apiKey", "in": "cookie", "name": "key"},
    "Bearer": {"type": "http", "scheme": "bearer"},
    "Basic": {"type": "http", "scheme": "Basic"},
}


def gateway(*schemes: str, refused: bool = True, security: Any = None) -> dict[str, Any]:  # noqa: ANN401 -- as in a document
    """Return the shop's document with a guard before it."""
    answers: dict[str, Any] = {"200": {}} | ({"401": {}} if refused else {})
    item = {method: {"responses": answers} for method in ("get", "patch")}
    return {
        "openapi": "3.1.0",
        "components": {"securitySchemes": {name: SCHEMES[name] for name in schemes}},
        "security": [{name: []} for name in schemes] if security is None else security,
        "paths": {"/things/{id}": item},
    }


def tried(
    document: dict[str, Any], mirror: dict[str, Any] | None, credentials: dict[str, str]
) -> list[UnauthenticatedRequest]:
    """Return what unauthenticated clients try, each at the same place."""
    return [
        one
        for operation, wrong in guarded_operations(
            document, mirror, Contract(credentials=credentials)
        )
        for one in unauthenticated_requests(operation, "/things/1", wrong, Parameters(document))
    ]


@pytest.mark.parametrize(
    ("scheme", "target", "headers"),
    [
        ("Key", "/things/1", {"X-Key": "nobody"}),
        ("Asked", "/things/1?key=nobody", {}),
        ("Cookie", "/things/1", {"Cookie": "key=nobody"}),
        ("Bearer", "/things/1", {"Authorization": "Bearer nobody"}),
        ("Basic", "/things/1", {"Authorization": "Basic bm9ib2R5Om5vYm9keQ=="}),
    ],
)
def test_an_unauthenticated_client_shows_nothing_and_then_a_wrong_secret_where_it_belongs(
    scheme: str, target: str, headers: dict[str, str]
) -> None:
    bare, wrong, *writing = tried(SHOP, gateway(scheme), {})

    assert (bare.sent.target, bare.sent.headers, bare.shows) == ("/things/1", {}, "nothing")
    assert (wrong.sent.target, wrong.sent.headers) == (target, headers)
    assert wrong.shows == f"a wrong {scheme}"
    assert [one.sent.body for one in writing] == [b"{}", b"{}"]


def test_where_nobody_is_asked_there_is_nobody_to_keep_out() -> None:
    assert tried(SHOP, gateway(security=[]), {}) == []
    assert tried(SHOP, gateway("Key", security=[{}, {"Key": []}]), {}) == []
    assert tried(SHOP, None, {}) == []


def test_a_gateway_that_keeps_silent_about_its_keys_is_tried_all_the_same() -> None:
    found = tried(SHOP, None, {"X-Key": "VARIABLE"})

    assert [one.operation for one in found[:2]] == ["GET /things/{thing_id}"] * 2
    assert [dict(one.sent.headers) for one in found[:2]] == [{}, {"X-Key": "nobody"}]


@pytest.mark.parametrize(
    ("status", "headers", "arrived", "said"),
    [
        (401, {"www-authenticate": "ApiKey"}, 0, None),
        (403, {}, 0, None),
        (401, {}, 0, "a 401 does not say how to come in (WWW-Authenticate; RFC 9110, 15.5.2)"),
        (200, {}, 1, "an unauthenticated request reached the service, answered 200"),
        (
            401,
            {"www-authenticate": "x"},
            1,
            "an unauthenticated request reached the service, answered 401",
        ),
        (422, {}, 0, "an unauthenticated request is answered 422 in place of 401 or 403"),
        (0, {}, 0, "an unauthenticated request is answered 0 in place of 401 or 403"),
    ],
)
def test_an_unauthenticated_client_is_refused_and_told_how_to_come_in(
    status: int, headers: dict[str, str], arrived: int, said: str | None
) -> None:
    assert refusal(ObservedResponse(status=status, headers=headers, body=b""), arrived) == said


def test_a_gateway_that_asks_says_so_in_its_document() -> None:
    said = [one.sentence for one in drift({"shop": SHOP}, gateway(refused=False), asks=True)]
    silent = [one.sentence for one in drift({"shop": SHOP}, gateway(security=[]), asks=True)]

    assert drift({"shop": SHOP}, gateway("Key"), asks=True) == []
    assert all(
        "answer 401: the gateway refuses unauthenticated clients" in one for one in said[1::2]
    )
    assert all("security: the gateway asks who comes" in one for one in silent)
    assert (len(said), len(silent)) == (4, 2)


def test_a_document_that_asks_where_nobody_is_asked_is_drift() -> None:
    found = drift({"shop": SHOP}, gateway("Key"))

    assert {one.kind for one in found} == {"security", "status"}
