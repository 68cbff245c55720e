"""What is made of the bytes that a gateway sends."""

import pytest

from loadtests.generator.response import GarbledResponseError, HttpResponse, ResponseParser

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer-Timing: gw;dur=1\r\n\r\nok"


def arrived(*blocks: bytes, method: str = "GET") -> ResponseParser:
    arrival = ResponseParser(method)
    for block in blocks:
        arrival.feed(block)
    return arrival


def answered(*blocks: bytes) -> HttpResponse:
    arrival = arrived(*blocks)
    assert arrival.complete
    return arrival.answer()


@pytest.mark.parametrize("at", range(1, len(PLAIN)))
def test_an_answer_is_the_same_wherever_it_is_cut(at: int) -> None:
    answer = answered(PLAIN[:at], PLAIN[at:])

    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.header("Server-Timing") == "gw;dur=1"
    assert answer.header("X-Other") is None


def test_of_a_repeated_header_the_first_value_counts() -> None:
    repeated = b"HTTP/1.1 204 No Content\r\nX-Worker: a\r\nx-worker: b\r\n\r\n"

    assert answered(repeated).header("X-Worker") == "a"


def test_chunks_are_put_together() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"

    assert answered(chunked).body == b"abc"


def test_what_announces_an_answer_is_not_the_answer() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nX-Worker: early\r\n\r\n"

    assert not arrived(early).complete
    assert answered(early, PLAIN) == answered(PLAIN)


def test_an_answer_to_head_is_complete_with_its_head() -> None:
    arrival = arrived(PLAIN.removesuffix(b"ok"), method="HEAD")

    assert arrival.complete
    assert arrival.reusable


@pytest.mark.parametrize(
    ("blocks", "reusable"),
    [
        pytest.param([PLAIN], True, id="it keeps the connection alive"),
        pytest.param([PLAIN + b"x"], False, id="bytes nobody asked for"),
        pytest.param([PLAIN + PLAIN], False, id="a second answer"),
        pytest.param(
            [PLAIN.replace(b"Content", b"Connection: close\r\nContent")], False, id="it says close"
        ),
        pytest.param([b"HTTP/1.1 200 OK\r\n\r\nuntil", b""], False, id="a body without a length"),
    ],
)
def test_a_connection_is_used_again_only_where_nothing_is_left_on_it(
    blocks: list[bytes], *, reusable: bool
) -> None:
    arrival = arrived(*blocks)

    assert arrival.complete
    assert arrival.reusable is reusable


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param([b""], id="closed at once"),
        pytest.param([PLAIN[:20], b""], id="closed in the head"),
        pytest.param([PLAIN[:-1], b""], id="closed in a body with a length"),
        pytest.param([b"SSH-2.0-OpenSSH\r\n"], id="no HTTP"),
    ],
)
def test_half_an_answer_is_none(blocks: list[bytes]) -> None:
    with pytest.raises(GarbledResponseError):
        arrived(*blocks)


@pytest.mark.parametrize(
    "endless",
    [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-A: "],
    ids=["a body", "a head"],
)
def test_an_answer_without_an_end_is_given_up(endless: bytes) -> None:
    block = b"x" * 1024 * 1024

    with pytest.raises(GarbledResponseError, match=r"more than 16,777,216 bytes"):
        arrived(endless, *[block] * 17)


def test_of_cookies_all_are_kept() -> None:
    cookies = b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=1\r\nX-Y: 1\r\nset-cookie: b=2\r\n\r\n"

    assert answered(cookies).header("Set-Cookie") == "a=1\nb=2"
