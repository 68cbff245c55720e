"""A dead letter shows what a message looked like, and no credential of it."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.wire import topology
from system.wire.dead_letters import DeadLetter, shape

SECRET = "s3cr3t-T0ken.abc"
GOOD = json.dumps(
    {
        "v": 1,
        "method": "GET",
        "path": "/clients",
        "query": f"access_token={SECRET}",
        "headers": [["Authorization", f"Bearer {SECRET}"], ["X-Api-Key", SECRET]],
        "request_id": "r",
    },
    separators=(",", ":"),
).encode()
ESCAPED = "".join(f"\\u{ord(c):04x}" for c in SECRET)
HIDDEN_IN = {
    "a good head": GOOD,
    "half a head": GOOD[:-30],
    "a head cut within a secret": GOOD[: GOOD.index(SECRET.encode(), 100) + 8],
    "a name in other letters": GOOD.replace(b"Authorization", b"AUTHORIZATION"),
    "a name of escapes": GOOD.replace(b"Authorization", b"\\u0041uthorizatio\\u006e"),
    "a value of escapes": GOOD.replace(SECRET.encode(), ESCAPED.encode()),
    "other headers": GOOD.replace(b"X-Api-Key", b"Proxy-Authorization"),
    "a header nobody knows": GOOD.replace(b"X-Api-Key", b"X-Our-Own-Password"),
    "no JSON": b"Authorization: Bearer " + SECRET.encode(),
    "a pickle": b"\x80\x04\x95" + SECRET.encode() + b"\x94.",
    "UTF-16": GOOD.decode().encode("utf-16"),
    "a body": b'{"v":2}\n{"password":"' + SECRET.encode() + b'"}',
    "what is cut at the limit": b"x" * (topology.MAX_LETTER_BYTES - 20) + GOOD,
}


@pytest.mark.parametrize("message", HIDDEN_IN.values(), ids=HIDDEN_IN.keys())
def test_no_part_of_a_secret_is_kept(message: bytes) -> None:
    letter = DeadLetter.of(message, "why", "7").body

    for part in (SECRET[:6], SECRET[-6:], ESCAPED[:12]):
        assert part.encode() not in letter
        assert part.encode("utf-16-le") not in letter
        assert base64.b64encode(part.encode())[:-2] not in letter


@given(st.text("AZaz09!$%'()*+.;<>@^_`|~-", min_size=6, max_size=40), st.binary(max_size=40))
def test_nothing_of_any_word_is_kept(word: str, around: bytes) -> None:
    kept = shape(around.replace(b"\n", b"") + b'"' + word.encode() + b'"')

    assert kept.endswith(b'"' + b"x" * len(word) + b'"')


def test_what_it_looked_like_is_kept_to_the_character() -> None:
    spoilt = b'{"v":2,"path":"/clients?limit=1","headers":[["A","\xff\x1b[31m\\r\\n"]]'

    assert shape(spoilt) == b'{"v":x,"path":"/xxxxxxx?xxxxx=x","headers":[["x","??[xxx\\x\\x"]]'


@pytest.mark.parametrize(
    ("given_id", "kept"),
    [("6f-12", "6f-12"), (None, None), ("", None), ("Bearer abc", None), ("a" * 129, None)],
)
def test_only_a_correlation_id_that_looks_like_one_is_kept(
    given_id: str | None, kept: str | None
) -> None:
    letter = DeadLetter.of(b"abc\n", "why" * 500, given_id)

    assert letter.correlation_id == kept
    assert (letter.size_bytes, len(letter.reason)) == (4, 500)


def test_a_long_message_is_looked_at_no_further_than_it_is_kept() -> None:
    letter = DeadLetter.of(b"{" * 10_000_000, "why", None)

    assert (letter.size_bytes, letter.body) == (10_000_000, b"{" * topology.MAX_LETTER_BYTES)
