"""What arrived is held against what was sent, piece by piece."""

import base64
import hashlib

import pytest
import requests
from msgspec.structs import replace

from contract_tests.hops.received import altered, without_retries
from testcontainers_fixtures.stack_spec import Contract
from testcontainers_fixtures.taps.records import Arrival, Passed

PROMISES = Contract(request_headers=("Accept", "Idempotency-Key"))
TARGET = "/a%2Fb/?x=1&x=&y=%20+"
BODY = b'{"name": "\xc3\xa9"}'
HEADERS = {"Accept": "*/*", "Content-Type": "application/json"}


def sent() -> requests.PreparedRequest:
    whole = requests.Request("POST", f"http://gateway:1{TARGET}", headers=HEADERS, data=BODY)
    return whole.prepare()


def arrival(
    start: str = f"POST {TARGET} HTTP/1.1",
    headers: dict[str, str] | None = None,
    body: bytes = BODY,
    *,
    complete: bool = True,
) -> Arrival:
    request = Passed(
        start=start,
        headers=tuple((HEADERS if headers is None else headers).items()),
        body=base64.b64encode(body).decode(),
        body_bytes=len(body),
        body_sha256=hashlib.sha256(body).hexdigest(),
        complete=complete,
    )
    return Arrival(number=0, request=request, answer=None)


def test_what_arrives_once_as_it_was_sent_is_right() -> None:
    assert altered(sent(), 201, [arrival()], PROMISES) == []


def test_headers_that_nobody_promised_may_come_and_go() -> None:
    headers = {"aCCEPT": "*/*", "content-type": "application/json", "X-Request-Id": "1"}

    assert altered(sent(), 201, [arrival(headers=headers)], PROMISES) == []


def test_a_promised_header_that_is_volatile_may_be_made_up_but_not_replaced() -> None:
    promises = Contract(request_headers=("X-Request-Id",), volatile_headers=("X-Request-Id",))
    made_up = arrival(headers=HEADERS | {"X-Request-Id": "1"})
    own = sent()
    own.headers["X-Request-Id"] = "2"

    assert altered(sent(), 201, [made_up], promises) == []
    [one] = altered(own, 201, [made_up], promises)
    assert one.sentence == "header x-request-id: sent '2', received '1'"


@pytest.mark.parametrize(
    ("arrived", "sentence"),
    [
        pytest.param(
            arrival(f"PUT {TARGET} HTTP/1.1"), "method: sent 'POST', received 'PUT'", id="method"
        ),
        pytest.param(
            arrival("POST /a/b/?x=1&x=&y=%20+ HTTP/1.1"),
            "path: sent '/a%2Fb/', received '/a/b/'",
            id="path decoded",
        ),
        pytest.param(
            arrival("POST /a%2Fb/?x=1&y=%20+ HTTP/1.1"),
            "query: sent 'x=1&x=&y=%20+', received 'x=1&y=%20+'",
            id="repeated key lost",
        ),
        pytest.param(
            arrival("POST /a%2Fb/?x=1&x=&y=%20%20 HTTP/1.1"),
            "query: sent 'x=1&x=&y=%20+', received 'x=1&x=&y=%20%20'",
            id="plus written anew",
        ),
        pytest.param(
            arrival(headers={"Content-Type": "application/json"}),
            "header accept: sent '*/*', received nothing",
            id="header lost",
        ),
        pytest.param(
            arrival(headers=HEADERS | {"Idempotency-Key": "made up"}),
            "header idempotency-key: sent nothing, received 'made up'",
            id="header made up",
        ),
        pytest.param(
            arrival(headers={"Accept": "*/*"}),
            "header content-type: sent 'application/json', received nothing",
            id="body without its type",
        ),
        pytest.param(
            arrival(body=b"{}"),
            r"""body: sent b'{"name": "\xc3\xa9"}', received 2 bytes: b'{}'""",
            id="body",
        ),
    ],
)
def test_what_arrives_otherwise_is_named(arrived: Arrival, sentence: str) -> None:
    found = altered(sent(), 201, [arrived], PROMISES)

    assert [one.sentence for one in found] == [sentence]


def test_a_body_that_is_broken_off_says_so() -> None:
    [found] = altered(sent(), 201, [arrival(body=BODY[:4], complete=False)], PROMISES)

    assert "4 bytes and no end" in found.sentence


@pytest.mark.parametrize(
    ("count", "status", "sentences"),
    [
        pytest.param(0, 422, [], id="refused by the gateway itself"),
        pytest.param(
            0, 200, ["arrivals: sent once, received 0 times, answered 200"], id="invented"
        ),
        pytest.param(
            2, 201, ["arrivals: sent once, received 2 times, answered 201"], id="sent twice"
        ),
        pytest.param(
            2, 500, ["arrivals: sent once, received 2 times, answered 500"], id="and failed"
        ),
    ],
)
def test_a_request_arrives_once_or_is_refused(
    count: int, status: int, sentences: list[str]
) -> None:
    found = altered(sent(), status, [arrival()] * count, PROMISES)

    assert [one.sentence for one in found] == sentences


UNDERWAY = arrival("GET /a HTTP/1.1", body=b"")
BROKEN = replace(UNDERWAY, broken_off=True)
READ = replace(UNDERWAY, answer=UNDERWAY.request)
OTHER = replace(arrival("GET /a?x=1 HTTP/1.1", body=b""), broken_off=True)
WRITE = replace(arrival(), broken_off=True)


@pytest.mark.parametrize(
    ("arrived", "left"),
    [
        pytest.param([BROKEN, READ], 1, id="broken off, and sent again"),
        pytest.param([READ, READ], 2, id="asked for twice"),
        pytest.param([OTHER, READ], 2, id="another one"),
        pytest.param([READ, BROKEN], 2, id="nobody sent it again"),
        pytest.param([BROKEN, BROKEN], 1, id="broken off twice"),
        pytest.param([WRITE, WRITE], 2, id="not safe to send again"),
        pytest.param([UNDERWAY, READ], 2, id="still on its way, and answered elsewhere"),
        pytest.param([UNDERWAY, UNDERWAY], 2, id="on its way twice"),
    ],
)
def test_a_safe_request_may_be_sent_again_where_its_connection_broke(
    arrived: list[Arrival], left: int
) -> None:
    assert len(without_retries(arrived)) == left
