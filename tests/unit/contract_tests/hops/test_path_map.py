"""A gateway's path leads to its service's, and back, byte for byte."""

import pytest

from contract_tests.hops.path_map import AS_IT_IS, PathMap
from testcontainers_fixtures.stack_file.contract_spec import PathRule

EVERY = PathRule(
    strip="/api/v1",
    add="/in",
    rename={"/labels": "/tags", "/labels/{id}/of/{user}": "/users/{user}/tags/{id}"},
)


@pytest.mark.parametrize(
    ("gateway", "service"),
    [
        pytest.param("/api/v1/orders?a=/api/v1&b", "/in/orders?a=/api/v1&b", id="query as it is"),
        pytest.param("/api/v1/labels", "/in/tags", id="renamed"),
        pytest.param("/api/v1/labels/7", "/in/tags/7", id="renamed and what is below"),
        pytest.param("/api/v1/labels/7%2F8/", "/in/tags/7%2F8/", id="escapes as they are"),
        pytest.param("/api/v1/labelsx", "/in/labelsx", id="another word"),
        pytest.param("/api/v1/labels/7/of/ann", "/in/users/ann/tags/7", id="turned round"),
        pytest.param("/api/v1/{a}/b", "/in/{a}/b", id="a template"),
    ],
)
def test_a_path_leads_to_the_services_and_back(gateway: str, service: str) -> None:
    paths = PathMap(EVERY)

    assert paths.to_service(gateway) == service
    assert paths.to_gateway(service) == gateway


@pytest.mark.parametrize("target", ["/api/v2/orders", "/health", "//api/v1/orders"])
def test_a_path_that_the_rule_is_not_about_is_as_it_was(target: str) -> None:
    assert PathMap(EVERY).to_service(target) == target


@pytest.mark.parametrize("target", ["/orders", "/in/labels/7"], ids=["not below", "renamed away"])
def test_what_no_path_of_the_gateways_leads_to_has_none(target: str) -> None:
    assert PathMap(EVERY).to_gateway(target) is None


def test_without_a_rule_both_sides_have_one_path() -> None:
    assert AS_IT_IS.to_service("/a?b") == AS_IT_IS.to_gateway("/a?b") == "/a?b"


def test_the_renaming_that_leads_somewhere_is_known() -> None:
    assert PathMap(EVERY).renamed_by("/api/v1/labels/7/of/ann") == "/labels/{id}/of/{user}"
    assert PathMap(EVERY).renamed_by("/api/v1/orders") is None
