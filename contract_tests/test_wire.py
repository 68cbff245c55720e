"""Whatever lies on the work queue, it is gone soon and the next good call is served.

What a message of the system looks like is not known here: one is overheard and spoilt. Of a system
that was attached to, the queue is left alone.
"""

import time
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from contract_tests.hops import amqp_fields
from contract_tests.hops.paired_client import SentRequest, asked
from contract_tests.hops.raw_frames import FrameRefusedError, RawMessage, RawPublisher
from contract_tests.hops.wiretap import TappedMessage, Wiretap
from contract_tests.recording.lasting_damage import LastingDamage
from testcontainers_fixtures.broker.queue_depth import Depth, DepthGauge
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.part_readiness import wait_until
from testcontainers_fixtures.stack import Stack

ANSWER_S = 10.0
GONE_WITHIN_S = 10.0
SERVED_WITHIN_S: Final = 2.0
EMPTY = (0, 0)
SETTINGS = settings(
    max_examples=12,
    deadline=None,  # the waits have their own bounds
    database=None,
    suppress_health_check=list(HealthCheck),  # how long drawing takes says nothing of a resolver
)


Properties = dict[str, bytes]

# What a client library writes as well. Of an expiration a broker takes numbers alone.
PLAIN: dict[str, st.SearchStrategy[bytes]] = {
    "reply_to": st.sampled_from([b"", b"nobody.has.this.queue", b"x" * 255]).map(amqp_fields.short),
    "correlation_id": st.text("ab\x00\u20ac", max_size=40).map(str.encode).map(amqp_fields.short),
    "expiration": st.sampled_from([b"1", b"100", b"60000"]).map(amqp_fields.short),
    "delivery_mode": st.sampled_from([b"\x01", b"\x02"]),
    "priority": st.binary(min_size=1, max_size=1),
}
TEXTS = ("content_type", "content_encoding", "correlation_id", "reply_to", "message_id", "type",
         "app_id", "cluster_id")  # fmt: skip
DRAWN: dict[str, st.SearchStrategy[bytes]] = {
    **PLAIN,
    **{name: amqp_fields.short_strings() | PLAIN.get(name, st.nothing()) for name in TEXTS},
    "headers": amqp_fields.tables(),
    "timestamp": amqp_fields.timestamps(),
}
MICROSECONDS = (1_800_000_000_000_000).to_bytes(8, "big")
NO_UTF8 = amqp_fields.short(b"\xff\xfe")
# What brings down who decodes it carelessly, one at a time.
KNOWN: dict[str, Properties] = {
    **{f"{name} that is no UTF-8": {name: NO_UTF8} for name in TEXTS},
    "a timestamp in microseconds": {"timestamp": MICROSECONDS},
    "a timestamp beyond all time": {"timestamp": b"\xff" * 8},
    "a header's timestamp": {"headers": amqp_fields.table([(b"k", b"T" + MICROSECONDS)])},
    "a header's name that is no UTF-8": {"headers": amqp_fields.table([(b"\xff", b"V")])},
    "arrays deeper than a recursion": {"headers": amqp_fields.deep(10_000)},
    "an array of 100,000 values": {
        "headers": amqp_fields.table([(b"k", b"A" + amqp_fields.array([b"V"] * 100_000))])
    },
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)
PARTS = [
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\n",
    b"{",
    b"null",
    b"-1",
    b"1e999",
    b'"',
    b"[" * 5_000,
    b"\r\nX: y",
]


class WorkQueue:
    """The work queue that a good call was taken from, and what that call was."""

    def __init__(self, stack: Stack, gauge: DepthGauge, good: TappedMessage) -> None:
        self.stack = stack
        self.gauge = gauge
        self.good = good.body
        self.name = good.queue
        self.key = good.key

    def properties(self) -> st.SearchStrategy[Properties]:
        """Draw any of the fourteen properties; a broker checks that a user is who it says."""
        user = unquote_to_bytes(urlsplit(self.stack.amqp or "").username or "")
        return st.fixed_dictionaries(
            {}, optional={**DRAWN, "user_id": st.just(amqp_fields.short(user))}
        )

    def put(self, properties: Properties, *bodies: bytes) -> bool:
        """Put messages on the queue, in one go; tell whether the broker let them pass."""
        key, properties = self.addressed(properties)
        about = {"properties": amqp_fields.properties(properties), "routing_key": key.encode()}
        return self._published([RawMessage(body=body, **about) for body in bodies])

    def addressed(self, properties: Properties) -> tuple[str, Properties]:
        """Return the key that a message is published by, and what leads it to the queue.

        Behind an exchange a good call's key is not the queue's name, and who consumes the queue may
        tell by it what is asked: with another one none of our bytes would be looked at.
        """
        if self.key in {"", self.name} or "headers" in properties:
            return self.name, properties
        return self.key, {**properties, **self._copied()}

    def put_by_copy(self, routing_key: bytes) -> bool:
        """Put a good message on the queue that was published by another name."""
        properties = amqp_fields.properties(self._copied())
        message = RawMessage(body=self.good, properties=properties, routing_key=routing_key)
        return self._published([message])

    def _copied(self) -> Properties:
        """Return the header by which a broker puts a copy on the queue, whatever the key is."""
        copied = amqp_fields.array([b"S" + amqp_fields.long(self.name.encode())])
        return {"headers": amqp_fields.table([(b"CC", b"A" + copied)])}

    def _published(self, messages: list[RawMessage]) -> bool:
        assert self.stack.amqp
        try:
            with RawPublisher(self.stack.amqp, wait_s=ANSWER_S) as publisher:
                publisher.publish(messages)
        except FrameRefusedError:
            return False
        return True

    def serves(self, *, after: str = "this") -> None:
        """See that a good call is served soon, and that nothing is left on the queue."""
        begun_s = time.monotonic()
        _good_calls(self.stack)
        took_s = time.monotonic() - begun_s
        wait_until(self.empty, timeout_s=GONE_WITHIN_S, what="the work queue to be empty")

        assert took_s <= SERVED_WITHIN_S, f"After {after} good calls took {took_s:.1f} s."

    def is_well(self) -> bool:
        """Tell whether good calls are served."""
        try:
            self.serves()
        except (AssertionError, StackError):
            return False
        return True

    def empty(self) -> bool:
        """Tell whether nothing waits and nothing is held by a consumer."""
        depth: Depth | None = self.gauge.read()
        return depth is not None and (depth.ready, depth.unacknowledged) == EMPTY


@pytest.fixture
def queue(stack: Stack) -> Iterator[WorkQueue]:
    """Give the work queue of a stack of our own, and a message that a good call put on it."""
    broker = stack.spec.broker
    if not (stack.ours and broker and stack.amqp and stack.management):
        pytest.skip("Broken messages are for a broker that was started here.")
    if not any(part.probe for part in stack.spec.parts.values()):
        pytest.skip("No part has a `probe`, a good call by the gateway that could be overheard.")
    management, vhost = stack.management, broker.vhost
    about = {"management_url": management, "vhost": vhost}
    with Wiretap(amqp_url=stack.amqp, queues=broker.queues, **about) as wiretap:
        _good_calls(stack)
        heard = [one for one in wiretap.overheard() if one.delivered]
    if not heard:
        pytest.fail(
            f"Expected a good call to be taken from {' or '.join(broker.queues)}; none was: name "
            "the queues that calls are taken from as `work_queues` of the stack file's [broker]."
        )
    with DepthGauge(queues=[heard[-1].queue], **about) as gauge:
        yield WorkQueue(stack, gauge, heard[-1])


@pytest.mark.timeout(240)
def test_a_message_of_any_bytes_is_gone_soon_and_the_next_call_served(queue: WorkQueue) -> None:
    bodies = (
        st.binary(max_size=2_000)
        | JSON.map(str).map(str.encode)
        | _spoilt(queue.good)
        | st.just(queue.good)
    )
    passed: list[bool] = []
    damage = LastingDamage(queue.is_well)

    @hypothesis.seed(1)
    @SETTINGS
    @hypothesis.given(st.lists(st.tuples(bodies, queue.properties()), min_size=1, max_size=12))
    def hold(batch: list[tuple[bytes, Properties]]) -> None:
        def put() -> None:
            passed.extend([queue.put(properties, body) for body, properties in batch])
            queue.serves()

        damage.trying(batch, put)

    hold()

    assert sum(passed) > len(passed) / 2, f"The broker let pass {sum(passed)} of {len(passed)}."


@pytest.mark.timeout(180)
def test_no_field_that_a_client_would_not_write_costs_the_next_call_anything(
    queue: WorkQueue,
) -> None:
    for what, properties in KNOWN.items():
        for body in (queue.good, b"\x00"):
            assert queue.put(properties, body), f"Expected a broker to deliver {what}."
            queue.serves(after=what)


@pytest.mark.timeout(120)
def test_no_name_that_a_message_is_published_by_costs_the_next_call_anything(
    queue: WorkQueue,
) -> None:
    for name in (b"", b"\xff\xfe", b"\xe2\x82\xac" * 85):
        assert queue.put_by_copy(name)
        queue.serves(after=f"the name {name!r}")


@pytest.mark.timeout(120)
def test_a_burst_of_broken_messages_delays_nobody_for_long(queue: WorkQueue) -> None:
    assert queue.put({}, *(b"\x00" * n for n in range(500)))

    queue.serves()


def _spoilt(good: bytes) -> st.SearchStrategy[bytes]:
    """Return what becomes of a good message when a stretch of it is replaced, lost or doubled."""
    places = st.integers(0, len(good))

    def spoil(one: int, other: int, part: bytes) -> bytes:
        begin, end = sorted((one, other))
        return good[:begin] + part + good[end:]

    doubled = places.map(lambda end: good[:end] + good)
    return st.builds(spoil, places, places, st.sampled_from(PARTS)) | doubled


def _good_calls(stack: Stack) -> None:
    for part in stack.spec.named("service").values():
        if part.probe:
            method, path = part.probe.split(" ", 1)
            answer = asked(stack.gateway, SentRequest(method=method, target=path))

            assert answer.status == 200, f"{part.probe}: {answer.status} {answer.body!r}"
