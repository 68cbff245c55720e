"""Whatever a broker delivers, it costs nobody the connection, and the next good call is served."""

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest

from contract_tests.hops import amqp_fields
from contract_tests.hops.amqp_fields import long, short
from contract_tests.hops.raw_frames import RawMessage, RawPublisher
from system.wire import topology
from system.wire.envelope import ReplyHead, RpcReply, encode
from system.wire.rpc_client import RpcClient
from system.wire.rpc_server import RpcServer
from testcontainers_fixtures.engines.engine import BrokerAccess
from tests.integration.test_resolver_bounds import Desk, desk
from tests.integration.wire_ends import Service, both_ends, outcome, request, until

pytestmark = pytest.mark.timeout(120)

NEXT_WITHIN_S = 2.0
NO_UTF8 = short(b"\xff\xfe")
MICROSECONDS = struct.pack(">Q", 1_800_000_000_000_000)
FOREVER = struct.pack(">Q", 2**64 - 1)
Ends = tuple[RpcClient, RpcServer, Service]


def table(value: bytes, key: bytes = b"k") -> dict[str, bytes]:
    return {"headers": amqp_fields.table([(key, value)])}


STRANGE = {
    "a timestamp in microseconds": {"timestamp": MICROSECONDS},
    "a timestamp beyond all time": {"timestamp": FOREVER},
    "a header's timestamp in microseconds": table(b"T" + MICROSECONDS),
    "a header's timestamp beyond all time": table(b"T" + FOREVER),
    "a content type that is no UTF-8": {"content_type": NO_UTF8},
    "an encoding that is no UTF-8": {"content_encoding": NO_UTF8},
    "a message id that is no UTF-8": {"message_id": NO_UTF8},
    "a type that is no UTF-8": {"type": NO_UTF8},
    "an application that is no UTF-8": {"app_id": NO_UTF8},
    "a cluster that is no UTF-8": {"cluster_id": NO_UTF8},
    "a header's name that is no UTF-8": table(b"V", b"\xff"),
    "a header without a name": table(b"V", b""),
    "a header's name of 255 bytes": table(b"V", b"k" * 255),
    "a header that is bytes": table(b"x" + long(b"\xff")),
    "a decimal with 255 places": table(b"D\xff\xff\xff\xff\xff"),
    "arrays deeper than a recursion": {"headers": amqp_fields.deep(20_000)},
    "an array of 120,000 values": table(b"A" + amqp_fields.array([b"V"] * 120_000)),
    "a header of ours that is none": table(b"S" + long(b"\xff"), b"x-deliveries"),
}
ON_ITS_WAY = {
    "a key that is no UTF-8": b"\xff\xfe",
    "a key of 255 bytes": b"\xe2\x82\xac" * 85,
}


@pytest.fixture
async def ends(access: BrokerAccess) -> AsyncIterator[Ends]:
    async with both_ends(access) as opened:
        yield opened


async def publish(access: BrokerAccess, *messages: RawMessage) -> None:
    def published() -> None:
        with RawPublisher(access.amqp_url) as publisher:
            publisher.publish(messages)

    await asyncio.to_thread(published)


async def goes_on(ends: Ends) -> None:
    """See that the next good call is served soon, over the connections that there were."""
    client, server, _ = ends
    begun_s = asyncio.get_running_loop().time()
    while await outcome(client, request(within_s=1.0)) != "200":
        assert asyncio.get_running_loop().time() - begun_s < NEXT_WITHIN_S, "no call is served"

    assert (client.connection.lives, server.connection.lives) == (1, 1)


def asked_by(caller: Desk, strange: dict[str, bytes]) -> dict[str, bytes]:
    """Return the properties of a call whose answer a caller by hand awaits."""
    own = {"correlation_id": short(b"7"), "reply_to": short(caller.replies.name.encode())}
    return own | strange


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
async def test_a_call_that_bears_what_nobody_needs_is_answered(
    ends: Ends, access: BrokerAccess, strange: dict[str, bytes]
) -> None:
    async with desk(access) as caller:
        await publish(
            access,
            RawMessage(
                body=encode(request()),
                properties=amqp_fields.properties(asked_by(caller, strange)),
                routing_key=topology.WORK_QUEUE.encode(),
            ),
        )
        assert (await caller.reply()).status == 200
    await goes_on(ends)


@pytest.mark.parametrize("key", ON_ITS_WAY.values(), ids=ON_ITS_WAY.keys())
async def test_a_call_that_was_published_by_any_name_is_answered(
    ends: Ends, access: BrokerAccess, key: bytes
) -> None:
    copied = b"A" + amqp_fields.array([b"S" + long(topology.WORK_QUEUE.encode())])
    async with desk(access) as caller:
        about = asked_by(caller, table(copied, b"CC"))
        message = RawMessage(
            body=encode(request()), properties=amqp_fields.properties(about), routing_key=key
        )
        await publish(access, message)
        assert (await caller.reply()).status == 200
    await goes_on(ends)


@pytest.mark.parametrize("needed", ["correlation_id", "reply_to"])
async def test_a_call_whose_place_to_answer_is_unreadable_is_buried(
    ends: Ends, access: BrokerAccess, needed: str
) -> None:
    async with desk(access) as caller:
        caller.dead = await caller.channel.declare_queue(exclusive=True)
        await caller.dead.bind(topology.DEAD_LETTER_EXCHANGE)
        about = asked_by(caller, {needed: NO_UTF8})
        message = RawMessage(
            body=encode(request()),
            properties=amqp_fields.properties(about),
            routing_key=topology.WORK_QUEUE.encode(),
        )
        await publish(access, message)
        letter = await caller.letter()

    assert letter.headers["x-reason"] == f"The message's {needed} cannot be read as UTF-8."
    await goes_on(ends)


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
async def test_a_reply_that_bears_what_nobody_needs_is_the_answer(
    access: BrokerAccess, strange: dict[str, bytes]
) -> None:
    async with both_ends(access) as ends:
        client, server, service = ends
        service.gate.clear()
        call = asyncio.create_task(client.call(request()))
        await until(lambda: service.begun["/clients"], "the call to be under way")
        (correlation_id,) = client._waiting  # noqa: SLF001 -- nobody else knows it
        about = {"correlation_id": short(correlation_id.encode())} | strange
        message = RawMessage(
            body=encode(RpcReply(ReplyHead(status=299))),
            properties=amqp_fields.properties(about),
            routing_key=client.reply_queue.name.encode(),
        )
        await publish(access, message)

        assert (await call).head.status == 299
        service.gate.set()
        await goes_on(ends)
        assert server.served


async def test_what_withdraws_a_call_may_bear_anything(ends: Ends, access: BrokerAccess) -> None:
    named = {"correlation_id": short(b"gone-1"), "expiration": short(b"60000")}
    odd = [*STRANGE.values(), {"correlation_id": NO_UTF8}, {}]
    messages = [
        RawMessage(
            body=b"",
            properties=amqp_fields.properties(named | strange),
            routing_key=b"\xff",
            exchange=topology.WITHDRAWAL_EXCHANGE.encode(),
        )
        for strange in odd
    ]
    await publish(access, *messages)
    server = ends[1]
    await until(lambda: len(server._withdrawals) == 1, "the withdrawal to be heard")  # noqa: SLF001 -- shown nowhere else

    await goes_on(ends)


async def test_a_body_that_was_sent_in_pieces_of_nothing_is_taken(
    ends: Ends, access: BrokerAccess
) -> None:
    async with desk(access) as caller:
        message = RawMessage(
            body=encode(request()),
            properties=amqp_fields.properties(asked_by(caller, {})),
            routing_key=topology.WORK_QUEUE.encode(),
        )

        def published() -> None:
            with RawPublisher(access.amqp_url) as publisher:
                publisher.publish([message], empty_frames=True)

        await asyncio.to_thread(published)
        assert (await caller.reply()).status == 200
    await goes_on(ends)
