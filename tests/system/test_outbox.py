"""The outbox of gateway and resolver, on the stack's own broker."""

import asyncio
from collections.abc import AsyncIterator

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import DeliveryError

from system.wire import outbox
from system.wire.connection import BrokerConnection, BrokerSettings
from system.wire.envelope import CONTENT_TYPE
from testcontainers_fixtures.stack import Stack

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def channel(stack: Stack) -> AsyncIterator[AbstractChannel]:
    """Give a channel as gateway and resolver open theirs."""
    assert stack.amqp is not None
    connection = BrokerConnection(BrokerSettings(url=stack.amqp), "test")
    opened: list[AbstractChannel] = []

    async def prepare() -> None:
        opened.append(await connection.channel())

    await connection.open(prepare)
    yield opened[0]
    await connection.close()


async def test_what_is_sent_arrives_with_what_the_other_end_needs(
    channel: AbstractChannel,
) -> None:
    queue = await channel.declare_queue(exclusive=True)
    await outbox.send(channel, b"body", queue.name, correlation_id="7", reply_to="here", ttl_s=60.0)
    message = await queue.get(timeout=5, no_ack=True)

    assert (message.body, message.content_type) == (b"body", CONTENT_TYPE)
    assert (message.correlation_id, message.reply_to) == ("7", "here")
    assert message.delivery_mode == aio_pika.DeliveryMode.NOT_PERSISTENT
    assert message.expiration == pytest.approx(60.0)


async def test_what_nobody_took_in_time_is_dropped(channel: AbstractChannel) -> None:
    queue = await channel.declare_queue(exclusive=True)
    await outbox.send(channel, b"late", queue.name, correlation_id="1", ttl_s=0.001)
    await outbox.send(channel, b"kept", queue.name, correlation_id="2")
    await asyncio.sleep(0.05)
    message = await queue.get(timeout=5, no_ack=True)

    assert message.body == b"kept"


async def test_what_no_queue_takes_is_an_error_and_the_channel_serves_on(
    channel: AbstractChannel,
) -> None:
    queue = await channel.declare_queue(exclusive=True)
    with pytest.raises(DeliveryError):
        await outbox.send(channel, b"lost", "no.such.queue", correlation_id="1")
    await outbox.send(channel, b"next", queue.name, correlation_id="2")

    assert (await queue.get(timeout=5, no_ack=True)).body == b"next"
