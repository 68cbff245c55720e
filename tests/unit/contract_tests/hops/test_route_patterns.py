"""A route of the stack file means requests and published operations alike."""

import pytest

from contract_tests.hops.route_patterns import matches, meant_by


@pytest.mark.parametrize(
    ("route", "method", "path"),
    [
        ("/auth/*", "POST", "/auth/login"),
        ("/auth/*", "GET", "/auth/a/b/{c}"),
        ("POST /files", "POST", "/files"),
        ("* /files", "DELETE", "/files"),
        ("GET /orders/{id}", "get", "/orders/{order_id}"),
        ("GET /orders/{id}", "GET", "/orders/7"),
        ("/a.b", "GET", "/a.b"),
    ],
)
def test_it_means(route: str, method: str, path: str) -> None:
    assert matches(route, method, path)


@pytest.mark.parametrize(
    ("route", "method", "path"),
    [
        ("/auth/*", "GET", "/auth"),
        ("POST /files", "GET", "/files"),
        ("POST /files", "POST", "/files/1"),
        ("GET /orders/{id}", "GET", "/orders/7/items"),
        ("/a.b", "GET", "/axb"),
    ],
)
def test_it_does_not_mean(route: str, method: str, path: str) -> None:
    assert not matches(route, method, path)


def test_a_request_is_meant_whatever_its_query() -> None:
    assert meant_by(["/a", "GET /b"], "GET", "/b?c=/d") == "GET /b"
    assert meant_by(["/a"], "GET", "/b") is None
