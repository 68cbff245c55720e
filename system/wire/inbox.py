"""Consumes a queue, and goes on when the queue is deleted under it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aiormq import Channel, spec

from system.wire.connection import Connection
from system.wire.trouble import BROKEN, as_link_lost

log = structlog.stdlib.get_logger(__name__)

OnMessage = Callable[[AbstractIncomingMessage], Awaitable[None]]
Declare = Callable[[], Awaitable[AbstractQueue]]


class Inbox:
    """One consumer on one channel at a time; `consume`, and `cancel` to get no more.

    A broker cancels a consumer whose queue an operator deletes. The queue is then declared again,
    by the same name, and consumed; what is running meanwhile runs on.
    """

    def __init__(
        self, connection: Connection, declare: Declare, on_message: OnMessage, *, no_ack: bool
    ) -> None:
        self.connection = connection
        self._declare = declare
        self._on_message = on_message
        self._no_ack = no_ack
        self._queue: AbstractQueue | None = None
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
        await self._begin()

    async def cancel(self, *, within_s: float) -> None:
        """Get no more messages; those that are here already are served."""
        tag, self._tag, self._cancelled = self._tag, "", True
        if self._queue and tag:
            with as_link_lost("The connection broke off before the consumer was cancelled."):
                await self._queue.cancel(tag, timeout=within_s)

    async def _begin(self) -> None:
        self._queue = await self._declare()
        self._tag = await self._queue.consume(self._on_message, no_ack=self._no_ack)

    def _on_cancelled(self, frame: spec.Basic.Cancel) -> None:
        if self._tag and frame.consumer_tag == self._tag:
            log.warning("a queue was deleted and is declared again", queue=str(self._queue))
            self._tag = ""
            # Not here: this is the channel's reader, which must be free to read the answers.
            task = asyncio.create_task(self._consume_again())
            self._again.add(task)
            task.add_done_callback(self._again.discard)

    async def _consume_again(self) -> None:
        try:
            with as_link_lost("The connection broke off while a queue was declared again."):
                if not self._cancelled:
                    await self._begin()
        except BROKEN as error:
            self.connection.abandon(f"a queue that was deleted cannot be declared again: {error}.")
