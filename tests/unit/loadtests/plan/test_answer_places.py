"""Where in an answer a value stands."""

import pytest

from loadtests.plan.answer_places import value_at

HEADERS = {b"etag": b'"7"', b"set-cookie": b'lang=en; Path=/\nsid="s 1"; HttpOnly'}


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("/items/1/id", 8),
        ("header ETag", '"7"'),
        ("cookie sid", "s 1"),
        ("cookie lang", "en"),
        ("status", 201),
    ],
)
def test_a_value_is_found_in_body_header_cookie_and_status(place: str, found: object) -> None:
    body = b'{"items": [{"id": 7}, {"id": 8}]}'

    assert value_at(place, status=201, body=body, headers=HEADERS) == found


@pytest.mark.parametrize(
    ("place", "body", "why"),
    [
        ("/id", b"{}", "the answer has no /id"),
        ("/id", b"<html>", "the answer is not JSON"),
        ("header Location", b"", "the answer has no header Location"),
        ("cookie si", b"", "the answer has no cookie si"),
    ],
)
def test_what_is_missing_is_said(place: str, body: bytes, why: str) -> None:
    with pytest.raises(LookupError, match=why):
        value_at(place, status=200, body=body, headers=HEADERS)
