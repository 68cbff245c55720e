"""Puts a message on a queue, by the queue's name, and returns once the broker has confirmed it.

It goes straight to the channel beneath aio-pika's. What is sent is known here, so nothing is gained
by a Message that checks every attribute and an Exchange that waits until the socket is drained
before the next publisher may begin; the confirm is waited for all the same.
"""

import itertools

from aio_pika import DeliveryMode
from aio_pika.abc import AbstractChannel
from aiormq import Channel, spec

from system.wire import topology
from system.wire.dead_letters import DeadLetter
from system.wire.envelope import CONTENT_TYPE
from system.wire.properties import DELIVERIES

# They tell what returns on one channel apart; aiormq would draw a UUID for each, for 2.8 us of CPU.
_MESSAGE_IDS = itertools.count()


async def send(  # noqa: PLR0913 -- what the broker must know of a message, by keyword
    channel: AbstractChannel,
    body: bytes,
    queue: str,
    *,
    correlation_id: str,
    reply_to: str | None = None,
    ttl_s: float | None = None,
    deliveries: int = 0,
) -> None:
    """Send an envelope; raise DeliveryError where no queue takes it, AMQPError without a broker.

    It is not persistent: a call is over before a broker is back from a restart, so it is not worth
    a disk write. After `ttl_s`, if given, the broker drops it unless somebody has taken it.
    `deliveries` is how often somebody has had it.
    """
    properties = spec.Basic.Properties(
        content_type=CONTENT_TYPE,
        correlation_id=correlation_id,
        reply_to=reply_to,
        delivery_mode=DeliveryMode.NOT_PERSISTENT,
        expiration=None if ttl_s is None else str(round(ttl_s * 1000)),
        message_id=str(next(_MESSAGE_IDS)),
        headers={DELIVERIES: deliveries} if deliveries else None,
    )
    sender = await _beneath(channel)
    await sender.basic_publish(
        body, routing_key=queue, properties=properties, mandatory=True, wait=False
    )


async def withdraw(channel: AbstractChannel, correlation_id: str, *, ttl_s: float) -> None:
    """Tell every resolver that nobody waits for a call; where none listens, nobody needs to know.

    After `ttl_s` the call is too late in any case.
    """
    properties = spec.Basic.Properties(
        correlation_id=correlation_id,
        delivery_mode=DeliveryMode.NOT_PERSISTENT,
        expiration=str(round(ttl_s * 1000)),
    )
    sender = await _beneath(channel)
    await sender.basic_publish(
        b"", exchange=topology.WITHDRAWAL_EXCHANGE, properties=properties, wait=False
    )


async def bury(channel: AbstractChannel, letter: DeadLetter) -> None:
    """Put what may be kept of a message among the dead letters."""
    properties = spec.Basic.Properties(
        content_type=letter.content_type,
        correlation_id=letter.correlation_id,
        headers=dict(letter.headers),
        delivery_mode=DeliveryMode.PERSISTENT,
    )
    sender = await _beneath(channel)
    await sender.basic_publish(
        letter.body,
        exchange=topology.DEAD_LETTER_EXCHANGE,
        routing_key=topology.WORK_QUEUE,
        properties=properties,
        wait=False,
    )


async def _beneath(channel: AbstractChannel) -> Channel:
    sender = await channel.get_underlay_channel()
    assert isinstance(sender, Channel)  # noqa: S101 -- its protocol lacks `wait`
    return sender
