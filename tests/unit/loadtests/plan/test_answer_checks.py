"""What answers are held to, and how much checking them may cost."""

import time

import pytest

from loadtests.plan.answer_checks import MOST_CPU_SHARE, CheckBudget, validator
from loadtests.plan.calls import checks_of
from loadtests.plan.plan import PlannedCall

SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


def complaint(
    expect: dict[str, object] | None = None,
    *,
    schema: object = None,
    body: bytes = b'{"id": 7, "on": true}',
) -> str | None:
    call = PlannedCall(name="a", request="GET /", expect=expect or {}, expect_schema=schema)
    checks = checks_of(call)
    assert checks
    values = {"n": "7", "m": 7, "tag": "x"}
    return checks.with_values(values)(status=200, body=body, headers={b"etag": b"x-1"})


@pytest.mark.parametrize(
    "expect",
    [
        pytest.param({"/id": 7}, id="a value"),
        pytest.param({"/id": "{m}"}, id="a number in braces"),
        pytest.param({"/id": "{n}"}, id="the text of a number, as of a CSV file"),
        pytest.param({"/on": True}, id="a truth value"),
        pytest.param({"header ETag": "{tag}-1"}, id="a header with a value in it"),
        pytest.param({"status": 200}, id="the status"),
    ],
)
def test_an_answer_that_holds_what_is_expected_is_good(expect: dict[str, object]) -> None:
    assert complaint(expect) is None


@pytest.mark.parametrize(
    ("expect", "body", "said"),
    [
        ({"/id": 8}, b'{"id": 7}', "/id is not 8"),
        ({"/id": "7"}, b'{"id": 7}', "/id is not 7"),
        ({"/on": 1}, b'{"on": true}', "/on is not 1"),
        ({"/id": "{n}"}, b'{"id": 17}', "/id is not {n}"),
        ({"/id": 7}, b"[]", "the answer has no /id"),
        ({"/id": 7}, b"<p>", "the answer is not JSON"),
        ({"header ETag": "y"}, b"", "header ETag is not y"),
    ],
)
def test_what_is_not_as_expected_is_told_without_what_came(
    expect: dict[str, object], body: bytes, said: str
) -> None:
    assert complaint(expect, body=body) == said


def test_a_schema_is_held_against_the_whole_body() -> None:
    assert complaint(schema=SCHEMA) is None
    assert complaint(schema=SCHEMA, body=b'{"id": "7"}') == (
        "the answer does not fit its schema at /properties/id/type"
    )
    assert complaint(schema=SCHEMA, body=b"") == "the answer is not JSON"


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "nope"}, "nope"),
        ({"$ref": "http://127.0.0.1:9/x.json"}, "nothing is fetched for a schema"),
        (7, "7"),
    ],
)
def test_what_is_no_schema_or_lies_elsewhere_is_refused(schema: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        validator(schema)


def test_a_call_that_expects_nothing_has_no_checks() -> None:
    assert checks_of(PlannedCall(name="a", request="GET /")) is None


def test_checks_take_no_more_than_their_share_of_the_time() -> None:
    budget, checked, asked = CheckBudget(), 0, 0

    def busy(for_s: float) -> None:
        until_s = time.thread_time() + for_s
        while time.thread_time() < until_s:
            pass

    begun_s = time.process_time()
    while time.process_time() < begun_s + 0.4:
        asked += 1
        busy(0.001)
        if budget.allows:
            checked += 1
            budget.spend(lambda: busy(0.001))
    whole_s = time.process_time() - begun_s

    assert 1 < checked < asked / 5
    assert checked * 0.001 <= MOST_CPU_SHARE * (whole_s + 0.05) + 0.004
