"""A request's head has bounds, at the gateway and each service: of form, size, number, time."""

import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from testcontainers_fixtures.engines.child import Child
from tests.integration.lone_part import alone, workers_of
from tests.integration.raw_http import STILL_OPEN, answered, connected, heard, held_by, status, told

pytestmark = pytest.mark.timeout(120)

MIB = 1024 * 1024
MOST_BYTES, MOST_FIELDS = 128 * 1024, 100
WITHIN_S, FIRST_BYTE_WITHIN_S = 1.0, 2.0
MARGIN_S = 3.0
HOST = b"Host: part\r\n"
GET = b"GET /health HTTP/1.1\r\n"
CHUNKED = b"POST /clients HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
BOUNDS = {
    "HEAD_MOST_BYTES": str(MOST_BYTES),
    "HEAD_MOST_FIELDS": str(MOST_FIELDS),
    "HEAD_WITHIN_S": str(WITHIN_S),
    "FIRST_BYTE_WITHIN_S": str(FIRST_BYTE_WITHIN_S),
}


def settings_of(part: str, folder: Path) -> dict[str, str]:
    """Return what a part needs to stand alone."""
    return {
        "gateway": {"RMQ_PASS": "unused", "RMQ_PORT": "1"},
        "srv_clients": {"CLIENTS_DATABASE": str(folder / "clients.sqlite3")},
        "srv_goods": {"GOODS_DATABASE": str(folder / "goods.sqlite3")},
    }[part]


@pytest.fixture(scope="module", params=["gateway", "srv_clients", "srv_goods"])
def part(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Child]:
    """Give a gateway (its broker is not there), and each service."""
    folder = tmp_path_factory.mktemp(request.param)
    settings = settings_of(request.param, folder) | BOUNDS
    with alone(folder, request.param, workers=1, settings=settings) as running:
        yield running


def refusal(answer: bytes) -> tuple[int, str]:
    """Return status and reason of an answer that is a problem and closes the connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(one for one in lines if one.startswith(b"content-length: ")).split()[1]

    assert b"content-type: application/problem+json" in lines, answer
    assert b"connection: close" in lines, answer
    assert any(one.startswith(b"x-request-id: ") for one in lines), answer
    assert int(length) == len(body), answer
    said = json.loads(body)
    assert said["status"] == status(answer), answer
    return status(answer), said["reason"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(GET, (400, "bad_host"), id="no Host"),
        pytest.param(GET + HOST + HOST, (400, "bad_host"), id="Host twice"),
        pytest.param(GET + b"Host: a\r\nHost: b\r\n", (400, "bad_host"), id="two Hosts"),
        pytest.param(GET + b"Host: a b\r\n", (400, "bad_host"), id="a space in it"),
        pytest.param(GET + b"Host: a/b\r\n", (400, "bad_host"), id="a path in it"),
        pytest.param(GET + b"Host: me@a\r\n", (400, "bad_host"), id="a user in it"),
        pytest.param(GET + b"Host: a:b\r\n", (400, "bad_host"), id="a port that is no number"),
        pytest.param(GET + b"Host: a, b\r\n", (400, "bad_host"), id="a list"),
        pytest.param(GET + b"Host: [::1\r\n", (400, "bad_host"), id="half an address"),
        pytest.param(GET + b"Host: \xc3\xa9\r\n", (400, "bad_host"), id="no ASCII"),
        pytest.param(
            b"GET /health HTTP/1.0\r\n" + HOST + HOST, (400, "bad_host"), id="two in HTTP/1.0"
        ),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", (400, "bad_request"), id="TLS"),
        pytest.param(b"hello\r\n", (400, "bad_request"), id="no request line"),
        pytest.param(GET + HOST + b"no colon\r\n", (400, "bad_request"), id="no field"),
        pytest.param(
            GET + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n",
            (400, "bad_request"),
            id="two lengths",
        ),
        pytest.param(
            GET + HOST + b"Content-Length: " + b"9" * 5_000 + b"\r\n",
            (400, "bad_request"),
            id="a length of 5,000 digits",
        ),
        pytest.param(b"GET /\xc3\xa9 HTTP/1.1\r\n" + HOST, (400, "bad_request"), id="a raw path"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n", (400, "bad_request"), id="HTTP/2"),
        pytest.param(
            b"GET /health HTTP/2.0\r\n" + HOST, (505, "http_version"), id="HTTP/2 in HTTP/1's form"
        ),
        pytest.param(b"GET /health\r\n", (505, "http_version"), id="HTTP/0.9"),
        pytest.param(
            b"GET /health?" + b"a" * 65_536 + b" HTTP/1.1\r\n" + HOST,
            (414, "target_too_long"),
            id="a target longer than the parser takes",
        ),
        pytest.param(
            b"GET /health?" + b"a" * MOST_BYTES + b" HTTP/1.1\r\n" + HOST,
            (414, "target_too_long"),
            id="a target longer than a head",
        ),
        pytest.param(
            GET + HOST + b"X-A: " + b"a" * MOST_BYTES + b"\r\n",
            (431, "head_too_large"),
            id="one long field",
        ),
        pytest.param(
            GET + HOST + b"a" * MOST_BYTES + b": a\r\n", (431, "head_too_large"), id="a long name"
        ),
        pytest.param(
            GET + HOST + b"X-A: a\r\n" * MOST_FIELDS, (431, "head_too_large"), id="too many fields"
        ),
        pytest.param(
            GET + HOST + (b"X-A: " + b"a" * 8_000 + b"\r\n") * 17,
            (431, "head_too_large"),
            id="too much in all",
        ),
        pytest.param(
            b"POST /clients HTTP/1.1\r\n" + HOST + b"Connection: upgrade\r\nUpgrade: h2c\r\n"
            b"Content-Length: 2\r\n",
            (400, "bad_request"),
            id="a body beside an upgrade",
        ),
    ],
)
def test_what_is_no_request_is_refused_with_a_problem(
    part: Child, head: bytes, expected: tuple[int, str]
) -> None:
    assert refusal(told(part.url, head + b"\r\n")) == expected


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(GET + b"Host:\r\n", id="an empty Host"),
        pytest.param(GET + b"Host: a-b_c.example:8000\r\n", id="a name and a port"),
        pytest.param(GET + b"Host:  127.0.0.1 \r\n", id="an address between spaces"),
        pytest.param(GET + b"Host: [::1]:8000\r\n", id="an IPv6 address"),
        pytest.param(b"GET /health HTTP/1.0\r\n", id="HTTP/1.0, which knows no Host"),
        pytest.param(b"GET http://part/health HTTP/1.1\r\n" + HOST, id="the absolute form"),
        pytest.param(b"\r\n\r\n" + GET + HOST, id="blank lines before it"),
        pytest.param(GET + HOST + b"X-A: " + b"a" * 65_536 + b"\r\n", id="a field of 64 KiB"),
        pytest.param(GET + HOST + b"X-A: a\r\n" * (MOST_FIELDS - 2), id="as many fields as may be"),
        pytest.param(
            b"GET /health?" + b"a" * 65_000 + b" HTTP/1.1\r\n" + HOST, id="a target of 65,000 bytes"
        ),
        pytest.param(GET + HOST + b"Connection: upgrade\r\nUpgrade: h2c\r\n", id="an upgrade"),
    ],
)
def test_what_is_within_the_bounds_is_answered(part: Child, head: bytes) -> None:
    assert status(told(part.url, head + b"Connection: close\r\n\r\n")) == 200


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(GET + HOST + b"X-A: ", id="one field"),
        pytest.param(GET + HOST + b"X", id="one name"),
        pytest.param(b"GET /", id="one target"),
        pytest.param(CHUNKED + b"1;", id="a chunk extension"),
        pytest.param(CHUNKED + b"0\r\nX-A: ", id="a trailer"),
        pytest.param(CHUNKED + b"0", id="a chunk's length of zeros"),
    ],
)
def test_a_head_without_end_takes_no_more_room_than_a_head_may(part: Child, start: bytes) -> None:
    filling = b"0" if start.endswith(b"\n0") else b"a"
    [worker] = workers_of(part)
    before_bytes = held_by(worker)
    with connected(part.url) as connection:
        sent = flood(connection, start, filling)
        grown_bytes = held_by(worker) - before_bytes
        answer = heard(connection)

    assert grown_bytes < 4 * MIB, f"{grown_bytes / MIB:.0f} MiB after {sent / MIB:.0f} MiB"
    assert refusal(answer) in {(431, "head_too_large"), (414, "target_too_long")}


@pytest.mark.parametrize("line", [b"X-A: a\r\n", b"a: \r\n"])
def test_fields_without_end_are_refused(part: Child, line: bytes) -> None:
    with connected(part.url) as connection:
        flood(connection, GET + HOST, line)

        assert refusal(heard(connection)) == (431, "head_too_large")


def flood(connection: socket.socket, start: bytes, filling: bytes) -> int:
    """Send a head that does not end, until the part has something to say; return its size."""
    block, sent = filling * (65_536 // len(filling)), len(start)
    connection.sendall(start)
    with suppress(ConnectionError):
        while sent < 64 * MIB and not select.select([connection], [], [], 0)[0]:
            connection.sendall(block)
            sent += len(block)
    return sent


def test_slow_heads_are_answered_408_and_closed_and_hold_nobody_up(part: Child) -> None:
    [worker] = workers_of(part)
    before_bytes = held_by(worker)
    begun_s = time.monotonic()
    with ExitStack() as open_:
        slow = [open_.enter_context(connected(part.url)) for _ in range(300)]
        for connection in slow:
            connection.sendall(GET + HOST + b"X-A: " + b"a" * 1_000)
        meanwhile = httpx.get(f"{part.url}/health", timeout=5)
        time.sleep(WITHIN_S / 2)
        for connection in slow:
            connection.sendall(b"a")  # a byte now and then is no head either
        answers = [refusal(heard(connection)) for connection in slow]
    lasted_s = time.monotonic() - begun_s

    assert meanwhile.status_code == 200
    assert set(answers) == {(408, "too_slow")}
    assert lasted_s < WITHIN_S + MARGIN_S
    assert held_by(worker) - before_bytes < 16 * MIB


def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(part: Child) -> None:
    begun_s = time.monotonic()
    with connected(part.url) as connection:
        answer = heard(connection)

    assert answer == b""
    assert FIRST_BYTE_WITHIN_S - 0.5 < time.monotonic() - begun_s < FIRST_BYTE_WITHIN_S + MARGIN_S


def test_a_connection_that_is_kept_idles_as_configured(part: Child) -> None:
    with connected(part.url) as connection:
        connection.sendall(GET + HOST + b"\r\n")
        first = answered(connection)
        time.sleep(FIRST_BYTE_WITHIN_S + 1)
        connection.sendall(GET + HOST + b"Connection: close\r\n\r\n")

        assert (status(first), status(heard(connection))) == (200, 200)


@pytest.mark.parametrize("came", [b"GET /health", b"\r\n"], ids=["half a head", "a blank line"])
def test_a_kept_connection_on_which_no_request_comes_whole_is_closed(
    part: Child, came: bytes
) -> None:
    with connected(part.url, within_s=WITHIN_S + MARGIN_S) as connection:
        connection.sendall(GET + HOST + b"\r\n")
        answered(connection)
        connection.sendall(came)
        answer = heard(connection)

    assert STILL_OPEN not in answer
    assert status(answer) == (408 if came.strip() else 0)


def test_requests_one_behind_the_other_are_answered_in_turn_until_one_is_none(part: Child) -> None:
    answer = told(part.url, (GET + HOST + b"\r\n") * 3 + b"nonsense\r\n\r\n")

    assert answer.count(b"HTTP/1.1 200") == 3
    assert not answer.endswith(STILL_OPEN)


def test_what_comes_behind_a_body_is_no_header(part: Child) -> None:
    row = b'{"surname":"a","name":"b","country":"c"}'
    body = b"%x\r\n%b\r\n0\r\nIdempotency-Key: \x80\r\nX-Request-Id: forged\r\n\r\n" % (
        len(row),
        row,
    )
    answer = told(part.url, CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + body)

    assert status(answer) != 400
    assert b"forged" not in answer


def test_a_head_request_that_is_refused_is_answered_without_a_body(part: Child) -> None:
    answer = told(part.url, b"HEAD /health HTTP/1.1\r\n\r\n")

    assert status(answer) == 400
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("path", [b"/clients/", b"/goods/?limit=1", b"/health/", b"/%68ealth/"])
@pytest.mark.parametrize("host", [b"evil", b"evil.example:8000", b""])
def test_a_redirect_names_no_host(part: Child, path: bytes, host: bytes) -> None:
    head = b"GET %b HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % (path, host)
    answer = told(part.url, head)
    lines = answer.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    location = [one for one in lines if one.startswith(b"location: ")]

    assert (status(answer), location) in (
        (307, [b"location: " + path.replace(b"/?", b"?").rstrip(b"/")]),
        (404, []),
    )
