"""What counts as two equal answers, and what as a difference."""

from typing import Any

import msgspec
import pytest

from contract_tests.parity import Answer, mismatches
from testcontainers_fixtures.stack_spec import Contract

PROMISES = Contract(
    response_headers=("ETag", "Retry-After"),
    volatile_headers=("Retry-After",),
    volatile_fields=("/made_at", "/rows/*/made_at"),
)


def answer(body: Any = None, *, status: int = 200, **headers: str) -> Answer:  # noqa: ANN401 -- any JSON
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Answer(
        status=status, headers={n.replace("_", "-"): v for n, v in headers.items()}, body=raw
    )


def what(gateway: Answer, twin: Answer) -> list[str]:
    return [one.what for one in mismatches(gateway, twin, PROMISES)]


@pytest.mark.parametrize(
    ("gateway", "twin", "expected"),
    [
        pytest.param(answer(1, status=200), answer(1, status=201), ["status"], id="status"),
        pytest.param(answer(1, etag="a"), answer(1), ["header etag"], id="a promised header"),
        pytest.param(answer({"a": 1}), answer({"a": 2}), ["body /a"], id="a value"),
        pytest.param(answer({"a": 1}), answer({}), ["body /a"], id="a field too many"),
        pytest.param(answer([1, 2]), answer([2, 1]), ["body /0", "body /1"], id="order"),
        pytest.param(answer([1, 1]), answer([1]), ["body"], id="a row twice"),
        pytest.param(answer(1), answer(b"true"), ["body"], id="1 for true"),
        pytest.param(
            answer(1, status=405, allow="GET, xPUT"),
            answer(1, status=405, allow="GET, PUT"),
            ["header allow"],
            id="methods that a 405 allows",
        ),
        pytest.param(
            answer(1, status=405),
            answer(1, status=405, allow="GET"),
            ["header allow"],
            id="a 405 that does not say what it allows",
        ),
        pytest.param(answer(1), answer(1.0), ["body"], id="1 for 1.0"),
        pytest.param(answer(b"\xff"), answer(b"\xfe"), ["body"], id="bytes that are no text"),
        pytest.param(answer(b""), answer(None), ["body"], id="nothing for null"),
    ],
)
def test_what_differs_is_named(gateway: Answer, twin: Answer, expected: list[str]) -> None:
    assert what(gateway, twin) == expected


@pytest.mark.parametrize(
    ("gateway", "twin"),
    [
        pytest.param(answer(1, date="a"), answer(1, date="b"), id="a header nobody promised"),
        pytest.param(
            answer(1, retry_after="1"),
            answer(1, retry_after="2"),
            id="volatile header",
        ),
        pytest.param(
            answer(1, status=405, allow="GET, PUT"),
            answer(1, status=405, allow="PUT,GET"),
            id="the order of what a 405 allows",
        ),
        pytest.param(answer(1, allow="GET"), answer(1), id="Allow on what is no 405"),
        pytest.param(answer({"made_at": 1}), answer({"made_at": 2}), id="volatile field"),
        pytest.param(
            answer({"rows": [{"made_at": 1, "id": 1}]}),
            answer({"rows": [{"made_at": 2, "id": 1}]}),
            id="volatile field of every row",
        ),
        pytest.param(
            answer(b'{"a":1,"b":2}'), answer(b'{ "b": 2, "a": 1 }'), id="spaces, order of keys"
        ),
        pytest.param(
            answer({"detail": [{"loc": ["a"], "type": "t", "msg": "one"}]}, status=422),
            answer({"detail": [{"loc": ["a"], "type": "t", "msg": "other"}]}, status=422),
            id="the words of a refusal",
        ),
    ],
)
def test_what_may_differ_is_let_be(gateway: Answer, twin: Answer) -> None:
    assert what(gateway, twin) == []


def test_a_refusal_for_another_reason_is_a_difference() -> None:
    one = answer({"detail": [{"loc": ["a"], "type": "missing"}]}, status=422)
    other = answer({"detail": [{"loc": ["a"], "type": "int_type"}]}, status=422)

    assert what(one, other) == ["body /0/1"]


def test_a_mismatch_shows_both_sides() -> None:
    [found] = mismatches(answer({"qty": 1}), answer({"qty": 2}), PROMISES)

    assert found.sentence == "body /qty: the gateway answers 1, the twin 2"
