"""A rule of parity lets a place be as far as it says, in the requests that it is about."""

from typing import Any

import msgspec
import pytest

from contract_tests.hops.counterparts import Counterparts
from contract_tests.hops.parity import ObservedResponse, mismatches
from contract_tests.hops.parity_rules import rules_for
from testcontainers_fixtures.stack_file.parity_spec import ParityRule
from testcontainers_fixtures.stack_spec import Contract

NOON = "2026-11-30T12:00:00.25Z"
SOON = "2026-11-30T12:00:01Z"
LATER = "2026-11-30T13:00:00.25Z"


def rule(matcher: str, pointer: str | None = "/a", **more: Any) -> ParityRule:  # noqa: ANN401 -- any field
    said = {"rule": matcher, "because": "it is so", "pointer": pointer, **more}
    return msgspec.convert(said, ParityRule)


def answer(body: Any, status: int = 200, **headers: str) -> ObservedResponse:  # noqa: ANN401 -- any JSON
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return ObservedResponse(status=status, headers=headers, body=raw)


def what(
    gateway: ObservedResponse,
    twin: ObservedResponse,
    *rules: ParityRule,
    at: tuple[str, str] = ("GET", "/items/1"),
) -> list[str]:
    promises = rules_for(Contract(parity=rules, response_headers=("ETag",)), *at)
    return [one.what for one in mismatches(gateway, twin, promises)]


@pytest.mark.parametrize(
    ("matcher", "gateway", "twin"),
    [
        ("volatile", {"a": 1}, {"a": "b"}),
        ("volatile", {"a": 1}, {}),
        ("type", {"a": 1}, {"a": 2.5}),
        ("type", {"a": {"b": 1}}, {"a": {}}),
        ("time", {"a": NOON}, {"a": SOON}),
        ("time", {"a": 1_796_040_000}, {"a": 1_796_040_030}),
        ("time", {"a": 1_796_040_000_000}, {"a": 1_796_040_000_900}),
        (
            "time",
            {"a": "Mon, 30 Nov 2026 23:59:59 GMT"},
            {"a": "Tue, 01 Dec 2026 00:00:00 GMT"},
        ),
        ("id", {"a": 17}, {"a": 9}),
        ("id", {"a": "x"}, {"a": "y"}),
        ("unordered", {"a": [1, 2, 2]}, {"a": [2, 1, 2]}),
    ],
)
def test_what_a_rule_allows_is_no_difference(matcher: str, gateway: Any, twin: Any) -> None:  # noqa: ANN401 -- any JSON
    assert what(answer(gateway), answer(twin)) != []
    assert what(answer(gateway), answer(twin), rule(matcher)) == []


@pytest.mark.parametrize(
    ("matcher", "gateway", "twin", "found"),
    [
        ("type", {"a": "1"}, {"a": 1}, "body /a"),
        ("type", {"a": None}, {"a": 1}, "body /a"),
        ("type", {"a": True}, {"a": 1}, "body /a"),
        ("type", {}, {"a": 1}, "body /a"),
        ("time", {"a": NOON}, {"a": LATER}, "body /a"),
        ("time", {"a": NOON}, {"a": NOON.replace("Z", "+00:00")}, "body /a"),
        ("time", {"a": NOON}, {"a": "soon"}, "body /a"),
        ("time", {"a": 17}, {"a": 18}, "body /a"),
        ("id", {"a": "17"}, {"a": 9}, "body /a"),
        ("id", {"a": ""}, {"a": "y"}, "body /a"),
        ("unordered", {"a": [1, 2]}, {"a": [2, 3]}, "body /a/0"),
        ("volatile", {"a": 1, "b": 1}, {"a": 2, "b": 2}, "body /b"),
    ],
)
def test_what_a_rule_does_not_allow_is_a_difference_still(
    matcher: str,
    gateway: Any,  # noqa: ANN401 -- any JSON
    twin: Any,  # noqa: ANN401 -- any JSON
    found: str,
) -> None:
    assert what(answer(gateway), answer(twin), rule(matcher))[0] == found


def test_a_star_is_any_item_and_an_odd_one_is_seen() -> None:
    one = rule("type", "/rows/*/id")
    rows = [{"rows": [{"id": 1}, {"id": 2}]}, {"rows": [{"id": 8}, {"id": 9}]}]
    odd = {"rows": [{"id": 1}, {"id": "2"}]}

    assert what(answer(rows[0]), answer(rows[1]), one) == []
    assert what(answer(odd), answer(rows[1]), one) == ["body /rows/1/id"]


@pytest.mark.parametrize(
    ("where", "at", "applies"),
    [
        ((), ("GET", "/items/1"), True),
        ("GET /items/{id}", ("GET", "/items/1?a=b"), True),
        ("GET /items/{id}", ("PUT", "/items/1"), False),
        (["POST /items", "/items/*"], ("PUT", "/items/1"), True),
        (["POST /items"], ("GET", "/items"), False),
    ],
)
def test_a_rule_is_about_its_routes(
    where: str | list[str], at: tuple[str, str], *, applies: bool
) -> None:
    found = what(answer({"a": 1}), answer({"a": 2}), rule("type", where=where), at=at)

    assert (found == []) == applies


def test_a_header_and_a_status_may_differ_where_a_rule_says_so() -> None:
    etag = rule("volatile", None, header="ETag")
    status = rule("volatile", None, status=True)

    assert what(answer(1, etag="a"), answer(1, etag="b")) == ["header etag"]
    assert what(answer(1, etag="a"), answer(1, etag="b"), etag) == []
    assert what(answer(1), answer(2, 404), status) == []
    assert what(answer(1), answer(2), status) == ["body"]


def test_half_a_surrogate_is_compared_place_by_place() -> None:
    one, other = rb'{"a": 1, "b": "\ud800"}', rb'{"a": 2, "b": "\ud800"}'

    assert what(answer(one), answer(other)) == ["body /a"]
    assert what(answer(one), answer(other), rule("type")) == []


def test_rows_are_found_again_by_the_twin_s_own_ids() -> None:
    rows = Counterparts()
    rows.learn("/items", [rule("id", "/id")], b'{"id": 17}', b'{"id": 9}')
    ours, theirs = b'[{"id": "x y"}]', b'[{"id": "z"}]'
    rows.learn("/shops/3/items?a=1", [rule("id", "/*/id")], ours, theirs)

    assert rows.at_twin("/items/17?of=17") == "/items/9?of=17"
    assert rows.at_twin("/items/17/parts/17") == "/items/9/parts/17"
    assert rows.at_twin("/other/17") == "/other/17"
    assert rows.at_twin("/shops/3/items/x%20y") == "/shops/3/items/z"
    assert rows.is_known("/items/17", 17, 9)
    assert not rows.is_known("/items/17", 17, 8)
    rows.clear()
    assert rows.at_twin("/items/17") == "/items/17"


def test_a_location_may_name_the_row_as_the_twin_does_not() -> None:
    rows = Counterparts()
    rows.learn("/items", [rule("id", "/id")], b'{"id": 17}', b'{"id": 9}')
    promises = Contract(response_headers=("Location",))
    twin = answer(1, 201, location="/items/9")

    assert mismatches(answer(1, 201, location="/items/17"), twin, promises, rows=rows) == []
    [one] = mismatches(answer(1, 201, location="/items/18"), twin, promises, rows=rows)
    assert one.what == "header location"
