"""Sequences are compared by their items and how they came, downloads by their digests."""

import pytest

from contract_tests.hops.parity import ObservedResponse, mismatches
from contract_tests.hops.unheld_bodies import events, unlike_bytes, unlike_course, unlike_digest
from testcontainers_fixtures.http_client.answer_bodies import (
    PIECE_BYTES,
    BodyDigest,
    StreamedItems,
    digest_of,
)
from testcontainers_fixtures.stack_spec import Contract

SLOWLY = (0.1, 0.4, 0.7, 1.0)
EVENTS = "text/event-stream; charset=utf-8"
LINES = "application/jsonl"


def came(*at_s: float, ended: bool = False, waited_s: float = 2.0) -> StreamedItems:
    return StreamedItems(ended=ended, waited_s=waited_s, came_s=at_s)


@pytest.mark.parametrize(
    ("gateway", "twin"),
    [
        pytest.param(came(), came(0.1, 0.2), id="nothing comes"),
        pytest.param(came(ended=True), came(0.1), id="it ends at once"),
        pytest.param(came(0.1, ended=True), came(0.1, 0.2), id="it ends early"),
        pytest.param(came(0.1, 0.2), came(0.1, ended=True), id="more than there are"),
        pytest.param(came(1.0, 1.0, 1.0, 1.0), came(*SLOWLY, ended=True), id="all at the end"),
    ],
)
def test_a_stream_that_is_held_back_or_cut_is_told(
    gateway: StreamedItems, twin: StreamedItems
) -> None:
    counts = len(gateway.came_s), len(twin.came_s)
    [(what, ours, theirs)] = unlike_course(gateway, twin, counts)

    assert what == "body"
    assert ours != theirs


@pytest.mark.parametrize(
    ("gateway", "twin"),
    [
        pytest.param(came(0.2, 0.3), came(0.1, 0.2, 0.3), id="fewer within the same time"),
        pytest.param(came(), came(1.5), id="the first was late on both sides"),
        pytest.param(came(waited_s=0.25), came(0.1, waited_s=0.25), id="hardly waited for"),
        pytest.param(came(*SLOWLY), came(*SLOWLY), id="alike"),
        pytest.param(came(0.3, 0.3, 0.3), came(0.1, 0.1, 0.1), id="a burst on both sides"),
        pytest.param(came(), came(), id="nothing to tell yet"),
    ],
)
def test_what_a_busy_machine_does_to_a_stream_is_let_be(
    gateway: StreamedItems, twin: StreamedItems
) -> None:
    counts = len(gateway.came_s), len(twin.came_s)

    assert list(unlike_course(gateway, twin, counts)) == []


def test_events_are_read_whatever_ends_their_lines() -> None:
    stream = (
        b"\xef\xbb\xbfevent: a\rdata: 1\r\rid: 7\r\ndata:2\r\ndata: 3\r\n\r\n: alive\n\ndata\n\n"
    )

    assert events(stream) == [
        {"event": "a", "data": "1"},
        {"data": "2\n3", "id": "7"},
        {"data": ""},
    ]


def answer(kind: str, body: bytes, *, ended: bool = False) -> ObservedResponse:
    items = StreamedItems(ended=ended, waited_s=2.0)
    return ObservedResponse(status=200, headers={"content-type": kind}, body=body, items=items)


@pytest.mark.parametrize(
    ("kind", "gateway", "twin", "expected"),
    [
        pytest.param(
            EVENTS, b'data: {"a":1, "b": 2}\n\n', b'data: {"b":2,"a":1}\r\n\r\n', [], id="spelling"
        ),
        pytest.param(
            EVENTS, b'data: {"at": 1}\n\n', b'data: {"at": 2}\n\n', [], id="a volatile field"
        ),
        pytest.param(
            EVENTS,
            b'data: {"n": 1}\n\ndata: {"n": "2"}\n\n',
            b'data: {"n": 1}\n\ndata: {"n": 2}\n\n',
            ["body item 1 data /n"],
            id="a value of the second",
        ),
        pytest.param(
            EVENTS,
            b"event: a\ndata: x\n\n",
            b"event: b\ndata: x\n\n",
            ["body item 0 event"],
            id="a name",
        ),
        pytest.param(EVENTS, b"data: x\n\n", b"data: x\nid: 1\n\n", ["body item 0 id"], id="an id"),
        pytest.param(EVENTS, b": alive\n\ndata: x\n\n", b"data: x\n\n", [], id="a comment"),
        pytest.param(LINES, b'{"n":1}\n', b'{"n": 1}\n{"n": 2}\n', [], id="fewer lines so far"),
        pytest.param(
            LINES, b'{"n":1}\n', b'{"n": 2}\n', ["body item 0 data /n"], id="another line"
        ),
    ],
)
def test_first_items_are_compared_as_bodies_are(
    kind: str, gateway: bytes, twin: bytes, expected: list[str]
) -> None:
    found = mismatches(
        answer(kind, gateway), answer(kind, twin), Contract(volatile_fields=("/at",))
    )

    assert [one.what for one in found] == expected
    assert all(one.gateway != one.twin for one in found)


WHOLE = bytes(range(256)) * (3 * PIECE_BYTES // 256) + b"end"


@pytest.mark.parametrize(
    ("gateway", "twin", "expected"),
    [
        pytest.param(digest_of(WHOLE), digest_of(WHOLE), [], id="alike"),
        pytest.param(
            digest_of(WHOLE[: 2 * PIECE_BYTES]), digest_of(WHOLE), ["body"], id="cut between pieces"
        ),
        pytest.param(
            digest_of(WHOLE[:-2]),
            digest_of(WHOLE),
            ["body from byte 3,145,728 on"],
            id="cut within",
        ),
        pytest.param(
            digest_of(WHOLE[:PIECE_BYTES] + b"x" + WHOLE[PIECE_BYTES + 1 :]),
            digest_of(WHOLE),
            ["body from byte 1,048,576 on"],
            id="a byte",
        ),
        pytest.param(
            digest_of(WHOLE),
            BodyDigest(size=PIECE_BYTES, pieces=digest_of(WHOLE).pieces[:1], whole=False),
            [],
            id="as far as the twin was read",
        ),
        pytest.param(
            digest_of(WHOLE[:PIECE_BYTES]),
            BodyDigest(size=2 * PIECE_BYTES, pieces=digest_of(WHOLE).pieces[:2], whole=False),
            ["body"],
            id="ended before the twin was read so far",
        ),
        pytest.param(
            BodyDigest(size=2 * PIECE_BYTES, pieces=digest_of(WHOLE).pieces[:2], whole=False),
            digest_of(WHOLE),
            ["body"],
            id="no end within the time",
        ),
    ],
)
def test_downloads_are_compared_as_far_as_both_were_read(
    gateway: BodyDigest, twin: BodyDigest, expected: list[str]
) -> None:
    found = list(unlike_digest(gateway, twin))

    assert [what for what, _, _ in found] == expected
    assert all(ours != theirs for _, ours, theirs in found)


def test_bytes_are_told_from_where_they_part() -> None:
    [(what, ours, theirs)] = unlike_bytes(b"x" * 5_000, b"x" * 4_000)

    assert what == "body from byte 4,000 on"
    assert "of 5,000 bytes" in ours
    assert theirs == "nothing more of 4,000 bytes"
