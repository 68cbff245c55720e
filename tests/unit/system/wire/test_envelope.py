"""The envelope carries a request unparsed, and anything else is a BadEnvelopeError."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.clocks import Clocks
from system.wire.envelope import (
    Deadline,
    ReplyHead,
    RequestHead,
    RpcReply,
    RpcRequest,
    decode_reply,
    decode_request,
    encode,
)
from system.wire.rpc_errors import BadEnvelopeError

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
