"""A broken message on the work queue is answered or buried in time, and the next call served."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import httpx
import msgspec
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from system.wire import topology
from system.wire.dead_letters import shape
from system.wire.envelope import Deadline, RequestHead, decode_reply
from testcontainers_fixtures.broker.queue_depth import DepthGauge
from testcontainers_fixtures.part_readiness import wait_until
from testcontainers_fixtures.stack import Stack

pytestmark = pytest.mark.timeout(120)

DEADLINE_S = 5.0
ANSWER_S = 10.0


def envelope(body: bytes = b"", **changed: Any) -> bytes:  # noqa: ANN401 -- any JSON
    """Return a good request's bytes, but for what is changed; None leaves a field out."""
    head = RequestHead(
        method="GET",
        path="/clients",
        query="limit=1",
        deadline=Deadline.after(DEADLINE_S),
        request_id="broken",
    )
    fields = msgspec.to_builtins(head) | changed
    known = {name: value for name, value in fields.items() if value is not None}
    return msgspec.json.encode(known) + b"\n" + body


BURIED = {
    "no head at all": b"",
    "bytes that are no JSON": b"\x80\x04\x95pickled\n",
    "no line that ends the head": envelope()[:-1],
    "half a head": envelope()[:40] + b"\n",
    "another version": envelope(v=2),
    "a version in words": envelope(v="1"),
    "no method": envelope(method=None),
    "a method that is no token": envelope(method="GET /goods HTTP/1.1\r\nX: y"),
    "a method without end": envelope(method="G" * 33),
    "no path": envelope(path=None),
    "a path of numbers": envelope(path=7),
    "a URL for a path": envelope(path="http://127.0.0.1:1/clients"),
    "another host for a path": envelope(path="@127.0.0.1:1/clients"),
    "a path with a line break": envelope(path="/clients\r\nHost: other"),
    "a path with its query": envelope(path="/clients?limit=1"),
    "a path without end": envelope(path="/clients/" + "a" * 70_000),
    "a query with a blank": envelope(query="a= b"),
    "headers that are no pairs": envelope(headers=[["Accept"]]),
    "headers as an object": envelope(headers={"Accept": "*/*"}),
    "no deadline": envelope(deadline=None),
    "a deadline in words": envelope(deadline="soon"),
    "no request id": envelope(request_id=None),
    "a head that nests without end": b'{"v":' + b"[" * 100_000 + b"\n",
    "a list for a head": b"[]\n",
    "a header with a line break": envelope(headers=[["Accept", "a\r\nX: y"]]),
    "a header with a control character": envelope(headers=[["Accept", "a\x00b"]]),
    "a header without a name": envelope(headers=[["", "x"]]),
    "a header's name with a line break": envelope(headers=[["Accept: a\r\nX", "y"]]),
    "a request id of two lines": envelope(request_id="a\r\nX: y"),
}
# What is changed of a good request, and the status and the fault of its answer.
ANSWERED: dict[str, tuple[dict[str, Any], int, str | None]] = {
    "an unknown service": ({"path": "/nobody/here"}, 503, "unknown_service"),
    "an empty first segment": ({"path": "//127.0.0.1:1/clients"}, 503, "unknown_service"),
    "an address behind the service": ({"path": "/clients@127.0.0.1:1"}, 503, "unknown_service"),
    "dots for a service": ({"path": "/../clients"}, 503, "unknown_service"),
    "dots behind a service": ({"path": "/clients/../goods"}, 404, None),
    "an escaped slash": ({"path": "/clients%2F1"}, 503, "unknown_service"),
    "a method that nobody has": ({"method": "BREW"}, 400, None),
    "a large body where none belongs": ({"body": b"\x00" * 1_000_000}, 200, None),
}


class Office:
    """Puts messages on the work queue and sees what becomes of them."""

    def __init__(
        self, channel: AbstractChannel, replies: AbstractQueue, dead: AbstractQueue
    ) -> None:
        self.channel = channel
        self.replies = replies
        self.dead = dead

    async def send(self, body: bytes, **properties: str | None) -> None:
        """Put a message on the work queue that says where its reply belongs, unless told not to."""
        about = {"reply_to": self.replies.name, "correlation_id": "7"} | properties
        message = aio_pika.Message(body, **{k: v for k, v in about.items() if v is not None})  # type: ignore[arg-type] # both are texts
        await self.channel.default_exchange.publish(message, topology.WORK_QUEUE)

    async def becomes(self) -> tuple[str, AbstractIncomingMessage]:
        """Return "answered" or "buried" with the message, within the deadline."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                for kind, queue in (("answered", self.replies), ("buried", self.dead)):
                    message = await queue.get(no_ack=True, fail=False)
                    if message is not None:
                        return kind, message
                await asyncio.sleep(0.01)


@asynccontextmanager
async def office(stack: Stack) -> AsyncIterator[Office]:
    assert stack.amqp is not None
    async with await aio_pika.connect(stack.amqp, timeout=ANSWER_S) as connection:
        channel = await connection.channel()
        replies = await channel.declare_queue(exclusive=True)
        dead = await channel.declare_queue(exclusive=True)
        await dead.bind(topology.DEAD_LETTER_EXCHANGE)
        yield Office(channel, replies, dead)


@pytest.fixture
def unharmed(stack: Stack) -> Iterator[None]:
    """See that afterwards nothing is left on the queue, and a good call is served."""
    yield
    assert stack.management is not None
    queues = [topology.WORK_QUEUE]
    with DepthGauge(management_url=stack.management, vhost="gateway", queues=queues) as gauge:
        wait_until(lambda: _empty(gauge), timeout_s=DEADLINE_S, what="an empty work queue")
    answer = httpx.get(f"{stack.gateway}/clients?limit=1", timeout=ANSWER_S)

    assert answer.status_code == 200


@pytest.fixture
async def post(stack: Stack, unharmed: None) -> AsyncIterator[Office]:  # noqa: ARG001 -- it looks afterwards
    """Give the office."""
    async with office(stack) as opened:
        yield opened


@pytest.mark.parametrize("body", BURIED.values(), ids=BURIED.keys())
async def test_what_is_no_envelope_is_buried_with_its_reason(post: Office, body: bytes) -> None:
    await post.send(body, reply_to=None)
    kind, letter = await post.becomes()

    assert (kind, letter.body) == ("buried", shape(body))
    assert str(letter.headers["x-reason"]).startswith("The message")
    assert letter.headers["x-size"] == len(body)


@pytest.mark.parametrize("missing", ["reply_to", "correlation_id"])
async def test_what_says_no_place_for_its_reply_is_buried(post: Office, missing: str) -> None:
    await post.send(envelope(), **{missing: None})
    kind, letter = await post.becomes()

    assert (kind, letter.headers["x-reason"]) == (
        "buried",
        "The message does not say where its reply belongs.",
    )


@pytest.mark.parametrize(("changed", "status", "fault"), ANSWERED.values(), ids=ANSWERED.keys())
async def test_what_is_an_envelope_is_answered_whatever_it_asks(
    post: Office, changed: dict[str, Any], status: int, fault: str | None
) -> None:
    await post.send(envelope(**changed))
    kind, answer = await post.becomes()
    head = decode_reply(answer.body).head

    assert (kind, answer.correlation_id) == ("answered", "7")
    assert (head.status, head.fault) == (status, fault)


async def test_what_comes_too_late_is_dropped_and_not_run(post: Office) -> None:
    past = msgspec.to_builtins(Deadline.after(-1))
    await post.send(envelope(b'{"surname": "Late"}', method="POST", query="", deadline=past))
    await post.send(envelope(path="/nobody"), correlation_id="8")
    _, answer = await post.becomes()

    assert answer.correlation_id == "8"


async def test_a_caller_that_is_gone_holds_nobody_up(post: Office) -> None:
    await post.send(envelope(), reply_to="nobody.has.this.queue")
    await post.send(envelope(), correlation_id="8")
    kind, answer = await post.becomes()

    assert (kind, answer.correlation_id) == ("answered", "8")


async def test_a_head_that_no_envelope_carries_is_refused_at_once(
    stack: Stack, post: Office
) -> None:
    headers = {"If-None-Match": f'"{"a" * 65_535}"'}
    begun_s = time.monotonic()
    async with httpx.AsyncClient(timeout=ANSWER_S) as client:
        answer = await client.get(f"{stack.gateway}/clients?limit=1", headers=headers)

    assert (answer.status_code, time.monotonic() - begun_s < 1.0) == (431, True)
    assert await post.dead.get(no_ack=True, fail=False) is None


async def test_who_says_where_is_told_that_his_message_is_buried(post: Office) -> None:
    await post.send(envelope(v=2))
    kinds = {}
    for _ in range(2):
        kind, message = await post.becomes()
        kinds[kind] = message
    head = decode_reply(kinds["answered"].body).head

    assert (head.fault, kinds["answered"].correlation_id) == ("bad_envelope", "7")
    assert head.detail == kinds["buried"].headers["x-reason"]


def _empty(gauge: DepthGauge) -> bool:
    depth = gauge.read()
    return depth is not None and (depth.ready, depth.unacknowledged) == (0, 0)
