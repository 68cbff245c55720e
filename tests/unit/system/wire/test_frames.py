"""What a broker sends reaches aiormq in frames that pamqp can decode, however it is cut."""

import asyncio
import inspect
import itertools
import struct
from collections.abc import Iterable

import aio_pika
import aiormq
import pamqp.frame
import pytest
from aiormq import spec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pamqp.body import ContentBody
from pamqp.header import ContentHeader
from pamqp.heartbeat import Heartbeat

from contract_tests.hops import amqp_fields
from system.wire.frames import (
    Frames,
    TolerantConnection,
    TolerantTransport,
    looked_through,
    ordinary,
)
from system.wire.properties import DELIVERIES, UNREADABLE, readable

PROPERTIES = spec.Basic.Properties(
    content_type="a/b", correlation_id="7", reply_to="rpc.reply.1", expiration="5000",
    message_id="m", delivery_mode=1,
)  # fmt: skip
DELIVER = spec.Basic.Deliver("ctag1.0", 200, redelivered=True, exchange="", routing_key="resolve")
ORDINARY = (
    pamqp.frame.marshal(DELIVER, 1),
    pamqp.frame.marshal(ContentHeader(properties=PROPERTIES, body_size=200), 1),
    pamqp.frame.marshal(ContentBody(b"\xff" * 200), 1),
    pamqp.frame.marshal(spec.Basic.Ack(200), 2),
    pamqp.frame.marshal(Heartbeat(), 0),
)
TEXTS = ("content_type", "content_encoding", "correlation_id", "reply_to", "expiration",
         "message_id", "type", "user_id", "app_id", "cluster_id")  # fmt: skip
OCTETS = ("delivery_mode", "priority")
ANY = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(TEXTS, amqp_fields.short_strings()),
        **dict.fromkeys(OCTETS, st.binary(min_size=1, max_size=1)),
        "headers": amqp_fields.tables() | st.just(amqp_fields.deep(5_000)),
        "timestamp": amqp_fields.timestamps(),
    },
)


def frame(kind: int, payload: bytes) -> bytes:
    return struct.pack(">BHI", kind, 1, len(payload)) + payload + b"\xce"


def header(properties: bytes, body_size: int = 7) -> bytes:
    return struct.pack(">HHQ", 60, 0, body_size) + properties


def decoded(raw: bytes) -> list[object]:
    """Return every frame as aiormq has it; raise what pamqp raises."""
    found: list[object] = []
    while raw:
        size, _, value = pamqp.frame.unmarshal(raw)
        found.append(value)
        raw = raw[size:]
    return found


def read(properties: bytes) -> spec.Basic.Properties:
    """Return a message's properties as an inbox has them."""
    raw = header(properties)
    (found,) = decoded(frame(2, readable(raw) or raw))
    assert isinstance(found, ContentHeader)
    assert found.body_size == 7
    assert found.properties is not None
    return found.properties


async def given_on(chunks: Iterable[bytes]) -> bytes:
    """Return what a reader gives of what came from a socket in these pieces."""
    reader = Frames(asyncio.get_running_loop())
    for chunk in chunks:
        reader.feed_data(chunk)
    reader.feed_eof()
    return await reader.read()


def test_an_ordinary_frame_passes_as_it_is() -> None:
    raw = b"".join(ORDINARY)

    assert looked_through(raw) == ([raw], len(raw))
    assert ordinary(raw)


def test_what_is_not_whole_and_what_is_no_amqp_is_not_ordinary() -> None:
    raw = b"".join(ORDINARY)

    assert not any(
        ordinary(raw[:end]) for end in range(1, len(raw)) if looked_through(raw[:end])[1] < end
    )
    assert not ordinary(b"HTTP/1.1 400 Bad Request")
    assert not ordinary(frame(9, b""))


# How long drawing takes says nothing of a reader.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ANY)
def test_any_properties_can_be_decoded_and_what_is_needed_is_kept(drawn: dict[str, bytes]) -> None:
    raw = amqp_fields.properties(drawn)
    found = read(raw)
    unreadable = str((found.headers or {}).get(UNREADABLE, "")).split(" and ")

    for name in ("correlation_id", "reply_to", "expiration", "message_id"):
        text = drawn.get(name, b"\x00")[1:]
        is_text = text.decode(errors="replace").encode() == text
        assert (getattr(found, name) or "").encode() == (text if is_text else b"")
        assert (name in unreadable) == (name in {"correlation_id", "reply_to"} and not is_text)
    assert ordinary(frame(2, header(raw))) == (readable(header(raw)) is None)


@given(st.lists(st.integers(0, 2_000), max_size=6))
def test_it_is_all_the_same_in_which_pieces_it_comes(cuts: list[int]) -> None:
    strange = frame(2, header(amqp_fields.properties({"timestamp": b"\xff" * 8})))
    raw = b"".join([*ORDINARY, strange, *ORDINARY])
    places = [0, *sorted(cut % len(raw) for cut in cuts), len(raw)]
    chunks = [raw[begin:end] for begin, end in itertools.pairwise(places)]
    whole = b"".join(looked_through(raw)[0])

    assert asyncio.run(given_on(chunks)) == whole
    assert len(decoded(whole)) == 11


def test_a_count_of_ours_is_carried_over_whatever_stands_beside_it() -> None:
    count = (DELIVERIES.encode(), b"b\x02")
    table = amqp_fields.table([(b"a", b"T" + b"\xff" * 8), count, (b"\xff", b"V")])

    assert read(amqp_fields.properties({"headers": table})).headers == {DELIVERIES: 2}


@pytest.mark.parametrize(
    "properties", [b"\x80\x00\xff", b"\x20\x00\x00", b"\x20\x00\xff\xff\xff\xff", b"\x00\x40"]
)
def test_a_header_that_is_broken_off_is_unreadable_and_no_more(properties: bytes) -> None:
    found = read(properties)

    assert (found.headers or {}).get(UNREADABLE, "") in {"", "properties"}


def test_the_names_a_message_was_published_by_are_made_readable() -> None:
    strange = frame(1, b"\x00\x3c\x00\x3c\x03tag" + b"\x00" * 7 + b"\xc8\x01\x02\xff\xfe\x01\x80")
    (found,) = decoded(b"".join(looked_through(strange)[0]))

    assert not ordinary(strange)
    assert isinstance(found, spec.Basic.Deliver)
    assert (found.consumer_tag, found.delivery_tag, found.redelivered) == ("tag", 200, True)


@pytest.mark.parametrize(
    "method",
    [
        pytest.param(b"\x00\x0a\x00\x32\x02\x14\x03a\xffb\x00\x00\x00\x00", id="Connection.Close"),
        pytest.param(b"\x00\x0a\x00\x3c\x03a\xffb", id="Connection.Blocked"),
        pytest.param(b"\x00\x14\x00\x28\x01\x94\x03a\xffb\x00\x00\x00\x00", id="Channel.Close"),
        pytest.param(b"\x00\x3c\x00\x32\x01\x38\x03a\xffb\x00\x01k", id="Basic.Return"),
    ],
)
def test_what_a_broker_says_is_made_readable(method: bytes) -> None:
    assert not ordinary(frame(1, method))
    (found,) = decoded(b"".join(looked_through(frame(1, method))[0]))

    assert "a?b" in {getattr(found, "reply_text", None), getattr(found, "reason", None)}


async def test_what_is_broken_off_and_what_is_no_amqp_is_given_on_as_it_came() -> None:
    assert await given_on([ORDINARY[0][:20]]) == ORDINARY[0][:20]
    assert await given_on([b"AMQP\x00\x00\x09\x01"]) == b"AMQP\x00\x00\x09\x01"
    assert await given_on([b"HTTP/1.1 400 Bad Request"]) == b"HTTP/1.1 400 Bad Request"


def test_aiormq_still_reads_from_what_a_transport_factory_makes() -> None:
    taken = inspect.signature(aiormq.Connection.__init__).parameters
    connection = TolerantConnection("amqp://127.0.0.1/", loop=asyncio.new_event_loop())
    handed_on = inspect.getsource(aio_pika.Connection.connect)

    assert "transport_factory" in taken, "aiormq moved the seam: see system/wire/frames.py"
    assert isinstance(connection.kwargs["transport_factory"], TolerantTransport)
    assert "**self.kwargs" in handed_on, "aio-pika moved the seam: see system/wire/frames.py"
    connection.loop.close()
