"""What counts as two equal answers, and what as a difference."""

import gzip
from typing import Any

import msgspec
import pytest

from contract_tests.hops.parity import ObservedResponse, answer_from_wire, answer_of, mismatches
from testcontainers_fixtures.stack_spec import Contract

PROMISES = Contract(
    response_headers=("ETag", "Retry-After"),
    volatile_headers=("Retry-After",),
    volatile_fields=("/made_at", "/rows/*/made_at"),
)


def answer(body: Any = None, *, status: int = 200, **headers: str) -> ObservedResponse:  # noqa: ANN401 -- any JSON
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return ObservedResponse(
        status=status, headers={n.replace("_", "-"): v for n, v in headers.items()}, body=raw
    )


def what(gateway: ObservedResponse, twin: ObservedResponse) -> list[str]:
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
def test_what_differs_is_named(
    gateway: ObservedResponse, twin: ObservedResponse, expected: list[str]
) -> None:
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
def test_what_may_differ_is_let_be(gateway: ObservedResponse, twin: ObservedResponse) -> None:
    assert what(gateway, twin) == []


def test_a_refusal_for_another_reason_is_a_difference() -> None:
    one = answer({"detail": [{"loc": ["a"], "type": "missing"}]}, status=422)
    other = answer({"detail": [{"loc": ["a"], "type": "int_type"}]}, status=422)

    assert what(one, other) == ["body /0/1"]


def test_a_mismatch_shows_both_sides() -> None:
    [found] = mismatches(answer({"qty": 1}), answer({"qty": 2}), PROMISES)

    assert found.sentence == "body /qty: the gateway answers 1, the twin 2"


SERVED = Contract(dropped_headers=("X-Internal",), volatile_headers=("X-Served-By", "Date"))


@pytest.mark.parametrize(
    ("gateway", "twin", "expected"),
    [
        pytest.param({}, {"x-total-count": "7"}, ["header x-total-count"], id="any header"),
        pytest.param({"vary": "a"}, {"vary": "b"}, [], id="what it says, unless it is of the body"),
        pytest.param({}, {"vary": "accept"}, ["header vary"], id="Vary"),
        pytest.param({}, {"x-internal": "1"}, [], id="dropped on purpose"),
        pytest.param({}, {"x-served-by": "1"}, [], id="volatile"),
        pytest.param({"x-more": "1"}, {}, [], id="one more"),
        pytest.param(
            {},
            {"date": "d", "server": "s", "keep-alive": "5", "transfer-encoding": "chunked"},
            [],
            id="of server and connection",
        ),
        pytest.param(
            {"date": "Sun, 29 Nov 2026 10:00:00 GMT, Sun, 29 Nov 2026 10:00:01 GMT"},
            {"date": "Sun, 29 Nov 2026 10:00:02 GMT"},
            ["header date"],
            id="told twice, of which a message has one",
        ),
        pytest.param(
            {"date": "Sun, 29 Nov 2026 10:00:00 GMT", "server": "a"},
            {"date": "Sat, 28 Nov 2026 10:00:02 GMT", "server": "b"},
            [],
            id="told once, by whoever it was",
        ),
        pytest.param(
            {}, {"connection": "close, X-Hop", "x-hop": "1"}, [], id="named by Connection"
        ),
        pytest.param(
            {"content-range": "bytes 0-1/9"},
            {"content-range": "bytes 0-1/2"},
            ["header content-range"],
            id="which part it is",
        ),
        pytest.param(
            {"link": '<http://a:1/x>; rel="next"'},
            {"link": '<http://b:2/x>; rel="next", <http://b:2/>; rel="first"'},
            ["header link"],
            id="the second Link",
        ),
        pytest.param(
            {"link": '<http://a:1/x>; rel="next"'},
            {"link": '<http://b:2/x>; rel="next"'},
            [],
            id="the host of a Link",
        ),
        pytest.param(
            {"set-cookie": "a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT"},
            {"set-cookie": "a=2; Expires=Wed, 09 Jun 2027 10:18:15 GMT\nb=2; Path=/"},
            ["header set-cookie"],
            id="the second cookie",
        ),
        pytest.param(
            {"set-cookie": "a=1; Path=/\nb=2; Secure"},
            {"set-cookie": 'a="3, b=1"; Path=/\nb=4'},
            [],
            id="what is in a cookie, and that it is kept safer",
        ),
        pytest.param(
            {"set-cookie": "a=1\nb=2"},
            {"set-cookie": "b=2\na=1"},
            ["header set-cookie"],
            id="the order of cookies",
        ),
        pytest.param(
            {"set-cookie": "a=1; Secure"},
            {"set-cookie": "a=1; secure; httponly"},
            ["header set-cookie"],
            id="that no script reads a cookie",
        ),
        pytest.param(
            {"set-cookie": "a=1; SameSite=None"},
            {"set-cookie": "a=1; SameSite = Strict"},
            ["header set-cookie"],
            id="which sites a cookie is for",
        ),
    ],
)
def test_what_the_service_answers_with_is_there(
    gateway: dict[str, str], twin: dict[str, str], expected: list[str]
) -> None:
    one, other = (answer_of(200, headers, b"1") for headers in (gateway, twin))

    assert [found.what for found in mismatches(one, other, SERVED)] == expected


@pytest.mark.parametrize("status", [404, 405, 503])
def test_a_refusal_may_be_the_gateways_own_and_what_it_promised_counts_alone(status: int) -> None:
    allow = {"allow": "GET"} if status == 405 else {}
    one = answer_of(status, allow, b"1")
    other = answer_of(status, {"x-of-the-service": "1", "etag": "2", **allow}, b"1")

    assert [found.what for found in mismatches(one, other, PROMISES)] == ["header etag"]


ROWS = b'[{"id": 1}]'
PACKED = gzip.compress(ROWS)
CODED = {"content-encoding": "gzip"}


@pytest.mark.parametrize(
    ("gateway", "twin", "expected"),
    [
        pytest.param((CODED, PACKED), (CODED, gzip.compress(ROWS, 1)), [], id="packed otherwise"),
        pytest.param(
            ({}, ROWS),
            (CODED, PACKED),
            ["header content-encoding"],
            id="unpacked, and not called packed",
        ),
        pytest.param(
            ({}, PACKED), (CODED, PACKED), ["header content-encoding", "body"], id="unlabelled"
        ),
        pytest.param((CODED, ROWS), (CODED, PACKED), ["body"], id="unpacked, but called packed"),
        pytest.param(
            (CODED, ROWS), ({}, ROWS), ["header content-encoding", "body"], id="called packed"
        ),
        pytest.param(
            (CODED, gzip.compress(b'[{"id": 2}]')), (CODED, PACKED), ["body /0/id"], id="other rows"
        ),
        pytest.param(
            ({"content-encoding": "x"}, b"1"), ({"content-encoding": "x"}, b"1"), [], id="unknown"
        ),
    ],
)
def test_a_body_is_compared_as_it_says_that_it_is_to_be_read(
    gateway: tuple[dict[str, str], bytes], twin: tuple[dict[str, str], bytes], expected: list[str]
) -> None:
    one, other = (answer_from_wire(200, *side) for side in (gateway, twin))

    assert [found.what for found in mismatches(one, other, SERVED)] == expected


def test_a_volatile_field_is_named_by_a_pointer_as_rfc_6901_writes_it() -> None:
    promises = Contract(volatile_fields=("/at~1by", "/~0"))

    assert mismatches(answer({"at/by": 1, "~": 1}), answer({"at/by": 2, "~": 2}), promises) == []
