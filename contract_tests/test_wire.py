"""Whatever lies on the work queue, it is gone soon and the next good call is served.

What a message of the system looks like is not known here: one is overheard and spoilt. Of a system
that was attached to, the queue is left alone.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import aio_pika
import httpx
import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from msgspec import Struct

from contract_tests.wiretap import Wiretap
from testcontainers_fixtures.broker.depth import Depth, DepthGauge
from testcontainers_fixtures.readiness import wait_until
from testcontainers_fixtures.stack import Stack

ANSWER_S = 10.0
GONE_WITHIN_S = 10.0
EMPTY = (0, 0)
SETTINGS = settings(
    max_examples=12,
    deadline=None,  # the waits have their own bounds
    database=None,
    suppress_health_check=list(HealthCheck),  # how long drawing takes says nothing of a resolver
)


class Letter(Struct, frozen=True, kw_only=True):
    """A message to be put on the work queue."""

    body: bytes
    properties: dict[str, Any]


PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "reply_to": st.sampled_from(["", "nobody.has.this.queue", "x" * 255]),
        "correlation_id": st.text("ab\x00\u20ac", max_size=40),
        "content_type": st.sampled_from(["application/json", "application/python-pickle", "/", ""]),
        "content_encoding": st.sampled_from(["gzip", "utf-16"]),
        "message_id": st.just("1"),
        "headers": st.dictionaries(
            st.text("abc", min_size=1, max_size=5),
            st.none() | st.integers(-(2**31), 2**31) | st.text(max_size=20) | st.booleans(),
            max_size=4,
        ),
    },
)
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


class Queue:
    """The work queue of a stack, and how a good call is made."""

    def __init__(self, stack: Stack, gauge: DepthGauge, good: bytes) -> None:
        assert stack.spec.broker
        self.stack = stack
        self.gauge = gauge
        self.good = good
        self.name = stack.spec.broker.work_queue

    def put(self, letters: list[Letter]) -> None:
        """Put messages on the queue, in one go."""
        asyncio.run(self._put(letters))

    async def _put(self, letters: list[Letter]) -> None:
        assert self.stack.amqp
        async with (
            asyncio.timeout(ANSWER_S),
            await aio_pika.connect(self.stack.amqp) as connection,
        ):
            channel = await connection.channel()
            for letter in letters:
                message = aio_pika.Message(letter.body, **letter.properties)
                await channel.default_exchange.publish(message, self.name)

    def empty(self) -> bool:
        """Tell whether nothing waits and nothing is held by a consumer."""
        depth: Depth | None = self.gauge.read()
        return depth is not None and (depth.ready, depth.unacknowledged) == EMPTY


@pytest.fixture
def queue(stack: Stack) -> Iterator[Queue]:
    """Give the work queue of a stack of our own, and a message that a good call put on it."""
    broker = stack.spec.broker
    if not (stack.ours and broker and stack.amqp and stack.management):
        pytest.skip("Broken messages are for a broker that was started here.")
    about = {"management_url": stack.management, "vhost": broker.vhost, "queue": broker.work_queue}
    with Wiretap(amqp_url=stack.amqp, **about) as wiretap:
        _good_calls(stack)
        heard = [m for m in wiretap.overheard() if m.key == broker.work_queue and not m.delivered]
    with DepthGauge(**about) as gauge:
        yield Queue(stack, gauge, heard[-1].body)


@pytest.mark.timeout(180)
def test_a_message_of_any_bytes_is_gone_soon_and_the_next_call_served(queue: Queue) -> None:
    bodies = st.binary(max_size=2_000) | JSON.map(str).map(str.encode) | _spoilt(queue.good)
    letters = st.builds(Letter, body=bodies, properties=PROPERTIES)

    @hypothesis.seed(1)
    @SETTINGS
    @hypothesis.given(st.lists(letters, min_size=1, max_size=12))
    def hold(batch: list[Letter]) -> None:
        queue.put(batch)
        wait_until(queue.empty, timeout_s=GONE_WITHIN_S, what="the work queue to be empty")
        _good_calls(queue.stack)

    hold()


@pytest.mark.timeout(120)
def test_a_burst_of_broken_messages_delays_nobody_for_long(queue: Queue) -> None:
    queue.put([Letter(body=b"\x00" * n, properties={}) for n in range(500)])

    _good_calls(queue.stack)
    wait_until(queue.empty, timeout_s=GONE_WITHIN_S, what="the work queue to be empty")


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
            answer = httpx.request(method, f"{stack.gateway}{path}", timeout=ANSWER_S)

            assert answer.status_code == 200, f"{part.probe}: {answer.status_code} {answer.text}"
