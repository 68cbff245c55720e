"""A resolver runs nothing twice, begins nothing late, and holds no more than it may."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aio_pika
import msgspec
import pytest
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from system.wire import topology
from system.wire.connection import BrokerSettings
from system.wire.dead_letters import shape
from system.wire.envelope import (
    MAX_CHARACTERS,
    Headers,
    ReplyHead,
    RpcReply,
    RpcRequest,
    decode_reply,
    encode,
)
from system.wire.rpc_client import RpcClient
from system.wire.rpc_server import RpcServer
from testcontainers_fixtures.engines.engine import BrokerAccess
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


async def taken_and_dropped(desk: Desk, asked: RpcRequest) -> None:
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

    told, _, left_s = service.heads[-1]["x-deadline"].partition("; left=")
    assert told == asked.head.deadline.header().partition("; left=")[0]
    assert 3.0 < float(left_s) < 4.0


async def test_a_request_that_is_too_large_is_refused_before_it_is_sent(ends: Ends) -> None:
    client, _, service = ends
    large = RpcRequest(request(method="POST").head, b"x" * (topology.MAX_MESSAGE_BYTES + 1))

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
        body = encode(RpcRequest(request().head, b"x" * size))
        await sender.put(body)
        letter = await sender.letter()

    assert str(letter.headers["x-reason"]).startswith(f"The message has {len(body)} bytes")
    assert (letter.headers["x-size"], letter.body) == (len(body), shape(body))
    assert await outcome(client, request()) == "200"
    assert server.dead == 1


async def test_poison_is_buried_once_with_its_reason_and_holds_nobody_up(
    ends: Ends, access: BrokerAccess
) -> None:
    client, server, service = ends
    pickled, bad = b"\x80\x04pickled", msgspec.json.encode({"v": 2}) + b"\n"
    good = encode(request())
    split = good.replace(b'"headers":[]', b'"headers":[["A","b\\r\\nc"]]')
    async with desk(access) as sender:
        sender.dead = await sender.channel.declare_queue(exclusive=True)
        await sender.dead.bind(topology.DEAD_LETTER_EXCHANGE)
        for body in (pickled, bad, split):
            await sender.put(body)
        await sender.put(good, reply_to=None)
        letters = [await sender.letter() for _ in range(4)]
        assert await outcome(client, request()) == "200"
        await asyncio.sleep(0.2)  # what is delivered again would be buried again
        assert await sender.dead.get(no_ack=True, fail=False) is None

    assert {letter.body for letter in letters} == {
        shape(one) for one in (pickled, bad, split, good)
    }
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


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        pytest.param(b"\x80\x04pickled", "bad_envelope", id="no envelope"),
        pytest.param(b'{"v":2}\n', "bad_envelope", id="another version"),
        pytest.param(b"x" * (topology.MAX_MESSAGE_BYTES + 1), "bad_envelope", id="too long"),
    ],
)
async def test_who_named_a_place_to_answer_is_told_that_his_message_is_buried(
    ends: Ends, access: BrokerAccess, body: bytes, fault: str
) -> None:
    async with desk(access) as sender:
        await sender.put(body)
        head = await sender.reply()

    assert head.fault == fault
    assert head.detail.startswith("The message")
    assert ends[1].dead == 1


LONG = "a" * (MAX_CHARACTERS + 1)


@pytest.mark.parametrize(
    ("changed", "body", "fault"),
    [
        pytest.param({"headers": (("If-Match", LONG),)}, b"", "head_too_large", id="a header"),
        pytest.param({"headers": ((LONG, "a"),)}, b"", "head_too_large", id="a header's name"),
        pytest.param({"path": f"/{LONG}"}, b"", "head_too_large", id="a path"),
        pytest.param({"query": LONG}, b"", "head_too_large", id="a query"),
        pytest.param(
            {"headers": (("If-Match", LONG[1:]),) * 40}, b"", "head_too_large", id="all headers"
        ),
        pytest.param({}, b"a" * topology.MAX_MESSAGE_BYTES, "too_large", id="a body"),
        pytest.param({"headers": (("A", "a\nb"),)}, b"", "bad_envelope", id="a line break"),
        pytest.param({"headers": (("", "a"),)}, b"", "bad_envelope", id="no name"),
        pytest.param({"query": "a b"}, b"", "bad_envelope", id="a blank in a query"),
        pytest.param({"path": "*"}, b"", "bad_envelope", id="no path"),
    ],
)
async def test_what_an_envelope_cannot_carry_is_refused_before_it_is_sent(
    ends: Ends, changed: dict[str, Any], body: bytes, fault: str
) -> None:
    client, server, service = ends
    head = msgspec.structs.replace(request(method="POST").head, **changed)

    assert await outcome(client, RpcRequest(head, body)) == fault
    assert await outcome(client, request()) == "200"
    # It counts a call as served once the broker has its reply, and the caller may be sooner.
    await until(lambda: server.served == 1, "the call to be finished")
    assert (server.dead, sum(service.begun.values())) == (0, 1)


class Deadly:
    """Handles a call as one does that ends whoever runs it: the connection breaks off."""

    def __init__(self) -> None:
        self.begun = 0
        self.server: RpcServer | None = None

    async def handle(self, asked: RpcRequest) -> RpcReply:
        if asked.head.path == "/harmless":
            return RpcReply(ReplyHead(status=200))
        self.begun += 1
        assert self.server
        amqp = self.server.connection._amqp  # noqa: SLF001 -- as a kill would
        assert amqp
        assert amqp.transport
        amqp.transport.connection._reader_task.cancel()  # type: ignore[attr-defined] # noqa: SLF001
        await asyncio.sleep(60)
        raise AssertionError


@pytest.mark.parametrize("kind", ["classic", "quorum"])
async def test_a_call_that_ends_whoever_runs_it_is_given_up_after_a_few_times(
    access: BrokerAccess, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = topology.WORK
    of_kind = work.arguments | {"x-queue-type": kind}
    monkeypatch.setattr(topology, "WORK_QUEUE", f"resolve.{kind}")
    monkeypatch.setattr(topology, "WORK", replace(work, name=f"resolve.{kind}", arguments=of_kind))
    deadly = Deadly()
    settings = BrokerSettings(url=access.amqp_url, reconnect_interval_s=0.05)
    server = RpcServer(settings, deadly.handle, name="resolver", prefetch=4, telemetry=False)
    deadly.server = server
    await server.start()
    try:
        async with desk(access) as sender:
            sender.dead = await sender.channel.declare_queue(exclusive=True)
            await sender.dead.bind(topology.DEAD_LETTER_EXCHANGE)
            await sender.put(encode(request(within_s=3_600)))
            letter = await sender.letter()
            given_up = await sender.reply()
            await sender.put(encode(request("/harmless")))
            assert (await sender.reply()).status == 200
    finally:
        await server.drain(grace_s=1.0)

    assert deadly.begun == topology.MAX_DELIVERIES == 3
    assert given_up.fault == "outcome_unknown"
    assert str(letter.headers["x-reason"]).startswith("The message was delivered 3 times")


async def test_what_ends_the_serving_of_a_message_unforeseen_buries_it(
    ends: Ends, access: BrokerAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, server, _ = ends

    def fail(_: str) -> bool:
        raise ValueError("on purpose")

    async with desk(access) as sender:
        with monkeypatch.context() as broken:
            broken.setattr(server._withdrawals, "take", fail)  # noqa: SLF001 -- a defect in there
            await sender.put(encode(request()))
            head = await sender.reply()

    assert head.fault == "outcome_unknown"
    assert await outcome(client, request()) == "200"


SECRET = "s3cr3t-T0ken"


async def test_a_call_that_expires_leaves_nothing_among_the_dead_letters(
    access: BrokerAccess,
) -> None:
    asked = request(within_s=0.2, headers=(("Authorization", f"Bearer {SECRET}"),))
    async with desk(access) as sender, counting_service() as service:
        dead = await sender.channel.declare_queue(exclusive=True)
        await dead.bind(topology.DEAD_LETTER_EXCHANGE)
        settings = BrokerSettings(url=access.amqp_url)
        async with resolving(settings, {"clients": service.url}):
            pass  # the queue is there, and nobody consumes it
        await sender.put(encode(asked), expiration=0.2)
        await asyncio.sleep(0.6)
        work = await sender.channel.declare_queue(topology.WORK_QUEUE, passive=True)

        assert work.declaration_result.message_count == 0
        assert await dead.get(no_ack=True, fail=False) is None


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda raw: raw.replace(b'"v":1', b'"v":2'), id="another version"),
        pytest.param(lambda raw: raw[: raw.index(b"T0ken") + 2], id="cut within the secret"),
        pytest.param(lambda raw: raw.replace(b"Auth", b"\\u0041uth")[:-30], id="a name of escapes"),
        pytest.param(lambda raw: b"x" * 65_500 + raw, id="no JSON, and long"),
        pytest.param(lambda raw: raw + b"x" * topology.MAX_MESSAGE_BYTES, id="too long"),
        pytest.param(lambda raw: raw.decode().encode("utf-16"), id="UTF-16"),
    ],
)
async def test_no_credential_reaches_a_dead_letter_or_the_log(
    ends: Ends,
    access: BrokerAccess,
    spoil: Callable[[bytes], bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    headers = (("Authorization", f"Bearer {SECRET}"), ("X-Api-Key", SECRET))
    good = encode(request(headers=headers))
    secrets = [SECRET[:6].encode(), SECRET[-6:].encode(), SECRET[:4].encode("utf-16-le")]
    async with desk(access) as sender:
        sender.dead = await sender.channel.declare_queue(exclusive=True)
        await sender.dead.bind(topology.DEAD_LETTER_EXCHANGE)
        about = {"Authorization": f"Bearer {SECRET}"}
        await sender.put(spoil(good), headers=about, app_id=SECRET, type=SECRET)
        letter = await sender.letter()

    told = b"".join([letter.body, repr(letter.headers).encode(), repr(letter.info()).encode()])
    assert not any(secret in told for secret in secrets)
    assert SECRET not in "".join(capsys.readouterr())
    assert ends[1].dead == 1
