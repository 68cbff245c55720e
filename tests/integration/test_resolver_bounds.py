"""A resolver runs nothing twice, begins nothing late, and holds no more than it may."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import msgspec
import pytest
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from system.wire import topology
from system.wire.client import RpcClient
from system.wire.connection import BrokerSettings
from system.wire.envelope import Headers, ReplyHead, Request, decode_reply, encode
from system.wire.server import RpcServer
from testcontainers_fixtures.engines.protocol import BrokerAccess
from tests.integration.wire_ends import (
    Service,
    both_ends,
    counting_service,
    outcome,
    request,
    resolving,
    until,
)

pytestmark = pytest.mark.timeout(120)

KEY = (("Idempotency-Key", '"k-1"'),)
Ends = tuple[RpcClient, RpcServer, Service]


@pytest.fixture
async def ends(access: BrokerAccess) -> AsyncIterator[Ends]:
    async with both_ends(access) as opened:
        yield opened


class Desk:
    """A caller by hand, who puts any bytes on the work queue."""

    def __init__(self, channel: aio_pika.abc.AbstractChannel, replies: AbstractQueue) -> None:
        self.channel = channel
        self.replies = replies
        self.dead: AbstractQueue | None = None

    async def put(self, body: bytes, **properties: Any) -> None:  # noqa: ANN401 -- as aio-pika's
        about = {"reply_to": self.replies.name, "correlation_id": "7"} | properties
        message = aio_pika.Message(body, **about)
        await self.channel.default_exchange.publish(message, topology.WORK_QUEUE)

    async def reply(self) -> ReplyHead:
        return decode_reply((await taken(self.replies)).body).head

    async def letter(self) -> AbstractIncomingMessage:
        assert self.dead
        return await taken(self.dead)


async def taken(queue: AbstractQueue, *, no_ack: bool = True) -> AbstractIncomingMessage:
    """Return the next message of a queue."""
    async with asyncio.timeout(10):
        while True:
            message = await queue.get(no_ack=no_ack, fail=False)
            if message is not None:
                return message
            await asyncio.sleep(0.01)


@asynccontextmanager
async def desk(access: BrokerAccess) -> AsyncIterator[Desk]:
    async with await aio_pika.connect(access.amqp_url, timeout=10) as connection:
        channel = await connection.channel()
        yield Desk(channel, await channel.declare_queue(exclusive=True))


async def taken_and_dropped(desk: Desk, asked: Request) -> None:
    """Put a request on the queue and take it, as a resolver that then dies would."""
    await desk.put(encode(asked))
    queue = await desk.channel.declare_queue(topology.WORK_QUEUE, passive=True)
    message = await taken(queue, no_ack=False)
    await message.nack(requeue=True)


@pytest.mark.parametrize(
    ("method", "headers", "path", "fault", "times"),
    [
        pytest.param("GET", (), "/clients", None, 1, id="a safe one is run"),
        pytest.param("POST", (), "/clients", "outcome_unknown", 0, id="an unsafe one is not"),
        pytest.param("DELETE", (), "/clients/1", "outcome_unknown", 0, id="nor is a DELETE"),
        pytest.param("POST", KEY, "/clients", None, 1, id="with a key it is, the service knows"),
        pytest.param("POST", KEY, "/goods", "outcome_unknown", 0, id="unless the service does not"),
    ],
)
async def test_what_was_delivered_before_is_run_only_where_that_does_no_harm(  # noqa: PLR0913, PLR0917 -- a row's columns
    access: BrokerAccess,
    method: str,
    headers: Headers,
    path: str,
    fault: str | None,
    times: int,
) -> None:
    settings = BrokerSettings(url=access.amqp_url)
    async with counting_service() as service, desk(access) as sender:
        services = {"clients": service.url, "goods": service.url}
        async with resolving(settings, services):
            pass  # the queue is there, and nobody consumes it
        await taken_and_dropped(sender, request(path, method, headers=headers))
        async with resolving(settings, services):
            head = await sender.reply()

        assert head.fault == fault
        assert service.begun[path] == times


async def test_a_call_whose_caller_went_away_in_the_queue_is_not_begun(
    access: BrokerAccess,
) -> None:
    async with both_ends(access, prefetch=1) as (client, server, service):
        service.wait_s = 0.5
        first = asyncio.create_task(outcome(client, request("/clients/1")))
        await until(lambda: service.begun["/clients/1"], "the first to hold the resolver")
        second = asyncio.create_task(outcome(client, request("/clients/2", "POST")))
        third = asyncio.create_task(outcome(client, request("/clients/3")))
        await asyncio.sleep(0.1)
        second.cancel()

        assert [await first, await third] == ["200", "200"]
        assert service.begun["/clients/2"] == 0
        assert server.withdrawn == 1


async def test_a_call_that_has_begun_is_finished_though_its_caller_went_away(ends: Ends) -> None:
    client, server, service = ends
    service.wait_s = 0.3
    call = asyncio.create_task(outcome(client, request("/clients/1", "POST")))
    await until(lambda: service.begun["/clients/1"], "the call to begin")
    call.cancel()
    await until(lambda: server.served, "the call to be finished")

    assert service.begun["/clients/1"] == 1
    assert server.withdrawn == 0


async def test_a_call_that_is_late_is_not_begun(access: BrokerAccess) -> None:
    async with both_ends(access, prefetch=1) as (client, _, service):
        service.wait_s = 0.6
        first = asyncio.create_task(outcome(client, request("/clients/1")))
        await until(lambda: service.begun["/clients/1"], "the first to hold the resolver")

        assert await outcome(client, request("/clients/2", "POST", within_s=0.2)) == "deadline"
        assert await first == "200"
        assert await outcome(client, request("/clients/3")) == "200"
        assert service.begun["/clients/2"] == 0


async def test_the_service_hears_until_when_it_may_begin(ends: Ends) -> None:
    client, _, service = ends
    asked = request(within_s=4.0, headers=(("X-Deadline", "never"),))
    await outcome(client, asked)

    assert service.heads[-1]["x-deadline"] == asked.head.deadline.header()


async def test_a_request_that_is_too_large_is_refused_before_it_is_sent(ends: Ends) -> None:
    client, _, service = ends
    large = Request(request(method="POST").head, b"x" * (topology.MAX_MESSAGE_BYTES + 1))

    assert await outcome(client, large) == "too_large"
    assert not service.begun


@pytest.mark.parametrize("size", [topology.MAX_MESSAGE_BYTES + 1, 64 * 1024 * 1024])
async def test_a_message_that_is_too_large_is_cut_and_buried_and_the_next_call_served(
    ends: Ends, access: BrokerAccess, size: int
) -> None:
    client, server, _ = ends
    async with desk(access) as sender:
        sender.dead = await sender.channel.declare_queue(exclusive=True)
        await sender.dead.bind(topology.DEAD_LETTER_EXCHANGE)
        body = encode(Request(request().head, b"x" * size))
        await sender.put(body)
        letter = await sender.letter()

    assert str(letter.headers["x-reason"]).startswith(f"The message has {len(body)} bytes")
    assert (letter.headers["x-size"], len(letter.body)) == (len(body), topology.MAX_LETTER_BYTES)
    assert await outcome(client, request()) == "200"
    assert server.dead == 1


async def test_poison_is_buried_once_with_its_reason_and_holds_nobody_up(
    ends: Ends, access: BrokerAccess
) -> None:
    client, server, service = ends
    bad = msgspec.json.encode({"v": 2}) + b"\n"
    good = encode(request())
    split = good.replace(b'"headers":[]', b'"headers":[["A","b\\r\\nc"]]')
    async with desk(access) as sender:
        sender.dead = await sender.channel.declare_queue(exclusive=True)
        await sender.dead.bind(topology.DEAD_LETTER_EXCHANGE)
        for body in (b"\x80\x04pickled", bad, split):
            await sender.put(body)
        await sender.put(good, reply_to=None)
        letters = [await sender.letter() for _ in range(4)]
        assert await outcome(client, request()) == "200"
        await asyncio.sleep(0.2)  # what is delivered again would be buried again
        assert await sender.dead.get(no_ack=True, fail=False) is None

    assert {letter.body for letter in letters} == {b"\x80\x04pickled", bad, split, good}
    assert all(str(letter.headers["x-reason"]).startswith("The message") for letter in letters)
    assert (sum(service.begun.values()), server.dead) == (1, 4)


async def test_a_full_queue_is_an_overload_and_not_a_longer_queue(access: BrokerAccess) -> None:
    async with both_ends(access, prefetch=1) as (client, _, service), desk(access) as sender:
        service.gate.clear()  # however long it takes to fill the queue
        held = asyncio.create_task(outcome(client, request("/clients/1", within_s=100.0)))
        await until(lambda: service.begun["/clients/1"], "the resolver to be held")
        body = encode(request(within_s=100.0))
        for _ in range(10):
            await asyncio.gather(*(sender.put(body, expiration=100) for _ in range(1_000)))
        found = await outcome(client, request("/clients/2"))
        # What is left of it would meet the next test.
        await (await sender.channel.declare_queue(topology.WORK_QUEUE, passive=True)).purge()
        service.gate.set()

        assert found == "overload"
        assert await held == "200"
