"""Consumes a queue, and goes on when the queue is deleted under it.

It goes straight to the channel beneath aio-pika's, as the outbox does: aio-pika would make a second
task for each message, and of each acknowledgement wait until the socket has taken it.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aio_pika.abc import AbstractChannel, AbstractQueue
from aiormq import Channel, spec
from aiormq.abc import DeliveredMessage

from system.wire.broker_errors import BROKEN, as_link_lost
from system.wire.connection import BrokerConnection
from system.wire.properties import DELIVERIES, UNREADABLE

log = structlog.stdlib.get_logger(__name__)


class Delivery:
    """A message that came in: its body, and what its sender said of it."""

    __slots__ = ("_delivered", "_properties", "body")

    def __init__(self, delivered: DeliveredMessage) -> None:
        self.body = delivered.body
        self._delivered = delivered
        self._properties = delivered.header.properties

    @property
    def correlation_id(self) -> str | None:
        """Return which call it belongs to."""
        return self._properties.correlation_id

    @property
    def reply_to(self) -> str | None:
        """Return the queue on which an answer is awaited."""
        return self._properties.reply_to

    @property
    def expires_in_s(self) -> float:
        """Return how long its sender lets it live, or 0.0 where that is not said."""
        told = self._properties.expiration or ""
        return int(told) / 1000 if told.isascii() and told.isdigit() else 0.0

    @property
    def redelivered(self) -> bool:
        """Tell whether somebody has had it before, and it was put back."""
        return bool(self._delivered.redelivered)

    @property
    def deliveries(self) -> int:
        """Return how often somebody has had it before it was sent on, see RpcServer."""
        told = (self._properties.headers or {}).get(DELIVERIES)
        return told if isinstance(told, int) else 0

    @property
    def unreadable(self) -> str:
        """Return which of these cannot be read; empty where each is readable or not there."""
        return str((self._properties.headers or {}).get(UNREADABLE, ""))

    async def ack(self) -> None:
        """Take it off the queue for good."""
        channel = self._delivered.channel
        assert isinstance(channel, Channel)  # noqa: S101 -- its protocol lacks `wait`
        await channel.basic_ack(self._delivered.delivery_tag or 0, wait=False)


OnMessage = Callable[[Delivery], Awaitable[None]]
Declare = Callable[[], Awaitable[AbstractQueue]]


class Inbox:
    """One consumer on one channel at a time; `consume`, and `cancel` to get no more.

    A broker cancels a consumer whose queue an operator deletes. The queue is then declared again,
    by the same name, and consumed; what is running meanwhile runs on.
    """

    def __init__(
        self, connection: BrokerConnection, declare: Declare, on_message: OnMessage, *, no_ack: bool
    ) -> None:
        self.connection = connection
        self._declare = declare
        self._on_message = on_message
        self._no_ack = no_ack
        self._channel: Channel | None = None
        self._tag = ""
        self._cancelled = False
        self._again: set[asyncio.Task[None]] = set()

    @property
    def open(self) -> bool:
        """Tell whether messages come in."""
        return bool(self._tag) and self.connection.up

    async def consume(self, channel: AbstractChannel) -> None:
        """Declare the queue and begin to consume it on a channel."""
        beneath = await channel.get_underlay_channel()
        assert isinstance(beneath, Channel)  # noqa: S101 -- its protocol lacks the callbacks
        beneath.on_consumer_cancel_callbacks.add(self._on_cancelled)
        await self._begin(beneath)

    async def cancel(self, *, within_s: float) -> None:
        """Get no more messages; those that are here already are served."""
        tag, self._tag, self._cancelled = self._tag, "", True
        if self._channel and tag:
            with as_link_lost("The connection broke off before the consumer was cancelled."):
                await self._channel.basic_cancel(tag, timeout=within_s)

    async def _begin(self, channel: Channel) -> None:
        queue = await self._declare()
        began = await channel.basic_consume(queue.name, self._deliver, no_ack=self._no_ack)
        self._channel, self._tag = channel, began.consumer_tag or ""

    async def _deliver(self, delivered: DeliveredMessage) -> None:
        await self._on_message(Delivery(delivered))

    def _on_cancelled(self, frame: spec.Basic.Cancel) -> None:
        if self._channel and self._tag and frame.consumer_tag == self._tag:
            log.warning("a queue was deleted and is declared again", consumer=self._tag)
            self._tag = ""
            # Not here: this is the channel's reader, which must be free to read the answers.
            task = asyncio.create_task(self._consume_again(self._channel))
            self._again.add(task)
            task.add_done_callback(self._again.discard)

    async def _consume_again(self, channel: Channel) -> None:
        try:
            with as_link_lost("The connection broke off while a queue was declared again."):
                if not self._cancelled:
                    await self._begin(channel)
        except BROKEN as error:
            self.connection.abandon(f"a queue that was deleted cannot be declared again: {error}.")
