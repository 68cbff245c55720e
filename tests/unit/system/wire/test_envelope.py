"""The envelope carries a request unparsed, and anything else is a BadEnvelopeError."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.clocks import Clocks
from system.wire import envelope
from system.wire.envelope import (
    MAX_CHARACTERS,
    Deadline,
    ReplyHead,
    RequestHead,
    RpcReply,
    RpcRequest,
    decode_reply,
    decode_request,
    encode,
    encode_request,
)
from system.wire.rpc_errors import BadEnvelopeError, HeadTooLargeError, RpcError

DEADLINE = Deadline.after(3_600)
RAW = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f#?"))
NAME = st.text("!#$%&'*+-.^_`|~09AZaz", min_size=1, max_size=256)
HOP = st.text("azAZ09_-", min_size=1, max_size=32)
VALUE = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f") | st.just("\t")
)


@given(RAW, RAW, st.lists(st.tuples(NAME, VALUE)), st.binary())
def test_a_request_comes_out_as_it_went_in(
    path: str, query: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    head = RequestHead(
        method="POST",
        path="/" + path,
        query=query,
        headers=tuple(headers),
        deadline=DEADLINE,
        request_id="r",
    )

    assert decode_request(encode(RpcRequest(head, body))) == RpcRequest(head, body)


def with_one(field: str, text: str) -> RequestHead:
    """Return an ordinary head but for one text of it."""
    texts: dict[str, Any] = {
        "method": "GET",
        "path": "/x",
        "query": "",
        "request_id": "r",
        "name": "A",
        "value": "",
    }
    texts[field] = text
    name, value = texts.pop("name"), texts.pop("value")
    return RequestHead(headers=((name, value), ("B", "b")), deadline=DEADLINE, **texts)


@pytest.mark.parametrize("field", ["method", "path", "query", "name", "value", "request_id"])
def test_what_the_other_end_takes_is_sent_and_nothing_else_whatever_the_character(
    field: str,
) -> None:
    begin = "/" if field == "path" else ""
    texts = [
        "",
        begin,
        *(f"{begin}A{character}Z" for character in [*map(chr, range(256)), "\u20ac"]),
    ]
    sent = 0
    for head in (with_one(field, text) for text in texts):
        try:
            message = encode_request(RpcRequest(head), max_bytes=1 << 20)
        except RpcError:
            with pytest.raises(BadEnvelopeError):
                decode_request(encode(RpcRequest(head)))
        else:
            assert decode_request(message).head == head
            sent += 1

    assert 50 < sent < len(texts) - 30


@pytest.mark.parametrize("body", [b"", b"\n\x00\xff" * 100_000], ids=["none", "a long one"])
def test_an_ordinary_head_is_not_decoded_to_see_that_it_can_be(
    monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    head = RequestHead(
        method="PATCH",
        path="/clients/1%20-._~!$&'()*+,;=:@",
        query="surname=O'Neil&q=%22&offset=0",
        headers=(("accept", "*/*;q=0.5, text/html"), ("X-Request-Id", "r-1")),
        deadline=Deadline.after(2.5),
        request_id="r-1",
    )
    monkeypatch.setattr(envelope, "decode_request", None)
    sent = encode_request(RpcRequest(head, body), max_bytes=1 << 20)

    assert decode_request(sent) == RpcRequest(head, body)


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("long", ["query", "value"])
def test_a_text_of_the_very_length_is_sent_and_a_longer_one_is_not(long: str, over: int) -> None:
    head = with_one(long, "a" * (MAX_CHARACTERS + over))
    if over:
        with pytest.raises(HeadTooLargeError):
            encode_request(RpcRequest(head), max_bytes=1 << 20)
    else:
        assert encode_request(RpcRequest(head), max_bytes=1 << 20) == encode(RpcRequest(head))


@given(st.integers(100, 599), st.binary(), st.dictionaries(HOP, st.floats(0, 1e6)))
def test_a_reply_comes_out_as_it_went_in(status: int, body: bytes, hops: dict[str, float]) -> None:
    reply = RpcReply(ReplyHead(status=status, hops_ms=hops), body)

    assert decode_reply(encode(reply)) == reply


@pytest.mark.parametrize("hop", ["", "a b", "a;dur=1", "a\r\nSet-Cookie: b", "\u20ac", "a" * 33])
def test_a_reply_that_names_a_hop_no_header_can_hold_is_refused(hop: str) -> None:
    with pytest.raises(BadEnvelopeError):
        decode_reply(encode(RpcReply(ReplyHead(hops_ms={hop: 1.0}))))


@given(st.binary())
def test_any_other_bytes_are_refused_and_nothing_else_is_raised(raw: bytes) -> None:
    with pytest.raises(BadEnvelopeError):
        decode_request(raw + b"\n")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param(b'"v":1', b'"v":2', id="a version from the future"),
        pytest.param(b'"method":"GET"', b'"method":"G ET"', id="a method that is none"),
        pytest.param(b'"path":"/x"', b'"path":"x"', id="a path without its slash"),
        pytest.param(b'"path":"/x"', b'"path":"/x\\ny"', id="a path with a line break"),
        pytest.param(b'"path":"/x"', b'"path":"/x#y"', id="a path with a fragment"),
        pytest.param(b'"request_id":"r"', b'"request_id":1', id="an id that is no text"),
        pytest.param(b'"request_id":"r"', b'"request_id":"r\\n"', id="an id of two lines"),
        pytest.param(b'["A","b"]', b'["A","b\\r\\nX: y"]', id="a header with a line break"),
        pytest.param(b'["A","b"]', b'["A","b\\u0000"]', id="a header with a NUL"),
        pytest.param(b'["A","b"]', b'["A","\\u20ac"]', id="a header beyond Latin-1"),
        pytest.param(b'["A","b"]', b'["A: x","b"]', id="a header's name that is no token"),
        pytest.param(b'["A","b"]', b'["","b"]', id="a header without a name"),
        pytest.param(b'"boot":"', b'"boot":"a b\\n', id="a boot id that is none"),
        pytest.param(b'"wall_s":', b'"wall_s":1e300,"w":', id="a deadline beyond all time"),
        pytest.param(b'"wall_s":', b'"wall_s":-1,"w":', id="a deadline before all time"),
    ],
)
def test_a_head_with_one_wrong_field_is_refused(field: bytes, value: bytes) -> None:
    head = RequestHead(
        method="GET", path="/x", headers=(("A", "b"),), deadline=DEADLINE, request_id="r"
    )
    raw = encode(RpcRequest(head))

    assert field in raw
    with pytest.raises(BadEnvelopeError):
        decode_request(raw.replace(field, value))


def test_a_deadline_of_this_boot_is_kept_by_the_monotonic_clock() -> None:
    moved = Deadline(boot=DEADLINE.boot, monotonic_s=DEADLINE.monotonic_s, wall_s=0)

    assert 3_000 < moved.remaining_s() <= 3_600


def test_a_deadline_of_another_boot_is_kept_by_the_time_left_whatever_its_clocks_show() -> None:
    foreign = Deadline(boot="other", monotonic_s=7, wall_s=0, left_s=3_600)
    here = foreign.on_clocks(Clocks())

    assert here.boot == DEADLINE.boot
    assert 3_000 < here.remaining_s() <= 3_600


def test_a_deadline_of_another_boot_that_says_no_more_is_kept_by_the_wall_clock() -> None:
    foreign = Deadline(boot="other", monotonic_s=0, wall_s=DEADLINE.wall_s)

    assert 3_000 < foreign.on_clocks(Clocks()).remaining_s() <= 3_600


def test_a_deadline_of_this_boot_is_what_it_is() -> None:
    assert DEADLINE.on_clocks(Clocks()) is DEADLINE
