"""What a rule lets be, until when, and which rules are of no use any more."""

from datetime import date
from typing import Any

import pytest

from contract_tests.drift.document_comparison import drift
from contract_tests.drift.telling.ignored_differences import SortedDifferences, sorted_out
from contract_tests.drift.telling.shared_differences import told_once
from testcontainers_fixtures.stack_file.drift_spec import IgnoreRule

Document = dict[str, Any]
TODAY = date(2026, 6, 15)


def shop(**item: Document) -> Document:
    one = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}
    get = {"responses": {"200": {"description": "one", **one}}}
    post = {"requestBody": one, "responses": {"201": {"description": "made"}}}
    limit = {"in": "query", "name": "limit", "schema": item.get("limit", {"type": "integer"})}
    return {
        "openapi": "3.1.0",
        "paths": {
            "/items": {"get": {"parameters": [limit], **get}, "post": post},
            "/items/{id}": {"get": get},
        },
        "components": {
            "schemas": {"Item": {"type": "object", "properties": {"qty": item.get("qty", {})}}}
        },
    }


SERVICE = shop(qty={"type": "integer", "maximum": 9}, limit={"type": "integer", "maximum": 100})
GATEWAY = shop(qty={"type": "integer"}, limit={"type": "integer", "maximum": 50})


def sorted_by(*rules: IgnoreRule, today: date = TODAY) -> SortedDifferences:
    return sorted_out(told_once(drift({"shop": SERVICE}, GATEWAY)), rules, today)


def rule(where: str, what: str = "", until: date | None = None) -> IgnoreRule:
    return IgnoreRule(where=where, what=what, because="it is known", until=until)


def left(found: SortedDifferences) -> list[str]:
    return [f"{each.operation}, {each.where}" for one, _ in found.kept for each in one.members]


ALL = [
    "GET /items, query limit",
    "GET /items, answer 200 /qty",
    "POST /items, body /qty",
    "GET /items/{id}, answer 200 /qty",
]


def test_without_rules_all_is_kept() -> None:
    found = sorted_by()

    assert (left(found), found.ignored, found.useless) == (ALL, (), ())


@pytest.mark.parametrize(
    ("where", "what", "kept"),
    [
        ("GET /items", "", ALL[2:]),
        ("GET /items, query limit", "", ALL[1:]),
        ("GET /items", "at most 50", ALL[1:]),
        ("GET /items, answer 200", "", [ALL[0], *ALL[2:]]),
        ("Item /qty", "", ALL[:1]),
        ("Item", "", ALL[:1]),
        (" Item ", "no maximum", ALL[:1]),
    ],
)
def test_a_rule_lets_be_what_differs_at_its_place_and_nothing_else(
    where: str, what: str, kept: list[str]
) -> None:
    found = sorted_by(rule(where, what))

    assert (left(found), found.useless) == (kept, ())
    assert {one.because for _, one in found.ignored} == {"it is known"}


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("GET /item", ""),
        ("GET /items, query lim", ""),
        ("GET /items, answer 20", ""),
        ("Item /q", ""),
        ("GET /items", "at most 51"),
        ("PUT /items", ""),
    ],
)
def test_a_rule_that_matches_nothing_is_told_and_lets_nothing_be(where: str, what: str) -> None:
    found = sorted_by(rule(where, what))

    assert left(found) == ALL
    [sentence] = found.useless
    assert repr(where) in sentence
    assert "matches nothing" in sentence


def test_a_rule_for_one_operation_takes_it_out_of_what_others_share() -> None:
    found = sorted_by(rule("POST /items"))
    [(ignored, _)] = found.ignored

    assert [each.operation for each in ignored.members] == ["POST /items"]
    assert [one.title for one, _ in found.kept] == ["GET /items, query limit", "Item /qty"]


@pytest.mark.parametrize(("until", "is_ignored"), [(TODAY, True), (date(2026, 6, 14), False)])
def test_a_rule_is_good_until_the_end_of_its_last_day(until: date, *, is_ignored: bool) -> None:
    found = sorted_by(rule("GET /items, query limit", until=until))

    assert bool(found.ignored) == is_ignored
    assert (ALL[0] in left(found)) != is_ignored


def test_what_a_rule_ignored_that_is_over_is_kept_and_says_so() -> None:
    found = sorted_by(rule("GET /items, query limit", until=date(2026, 1, 31)))

    assert [remark for _, remark in found.kept if remark] == [
        "It was ignored until 2026-01-31 (it is known), which is over."
    ]
    assert found.useless == ()


def test_a_rule_that_is_still_good_goes_before_one_that_is_over() -> None:
    over, good = rule("GET /items", until=date(2026, 1, 31)), rule("GET /items, query limit")
    found = sorted_by(over, good)

    assert [one for _, one in found.ignored] == [good]


def test_a_rule_may_be_for_a_place_of_every_operation() -> None:
    found = sorted_by(rule("*, query limit"), rule("*, body"))

    assert left(found) == ["GET /items, answer 200 /qty", "GET /items/{id}, answer 200 /qty"]
    assert not found.useless
