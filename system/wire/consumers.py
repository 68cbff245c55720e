"""Asks how many resolvers consume the work queue, once for all calls of a short while."""

import asyncio
import time

from aio_pika.abc import AbstractChannel  # noqa: TC002 -- as in the neighbouring modules

from system.wire import topology
from system.wire.connection import Connection
from system.wire.faults import BrokerBlocked, BrokerDown
from system.wire.trouble import BROKEN, LinkLost, as_link_lost

# How long an answer to "does anybody consume the work queue?" is believed.
CONSUMERS_BELIEVED_S = 0.025


class Consumers:
    """The number of consumers of the work queue, as of a moment ago.

    It has a channel of its own: a refused declaration closes the channel it came on. Declaring
    actively instead of passively brings back a queue that an operator deleted.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._channel: AbstractChannel | None = None
        self._count = 0
        self._believed_until_s = 0.0
        self._asking: asyncio.Task[int] | None = None

    async def open(self) -> None:
        """Open the channel to ask on; what was known of another connection's time is forgotten."""
        self._channel = await self.connection.channel()
        self._asking, self._believed_until_s = None, 0.0

    async def count(self) -> int:
        """Return the number of consumers, at most CONSUMERS_BELIEVED_S old.

        Raises BrokerDown or BrokerBlocked where the broker does not say within its time.
        """
        if time.monotonic() < self._believed_until_s:
            return self._count
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(_read)
        # Not cancelled when the time is over: a call that is broken off takes its channel with it.
        asking = self._asking
        await asyncio.wait({asking}, timeout=self.connection.settings.answer_timeout_s)
        return self._answer(asking)

    def _answer(self, asking: "asyncio.Task[int]") -> int:
        if not asking.done():
            raise BrokerBlocked if self.connection.blocked else BrokerDown
        try:
            return asking.result()
        except (*BROKEN, asyncio.CancelledError) as error:
            raise BrokerDown from error

    async def _ask(self) -> int:
        if self._channel is None:
            raise LinkLost("There is no channel to ask on.")
        with as_link_lost("The connection broke off while the consumers were counted."):
            channel = await self._channel.get_underlay_channel()
            work = topology.WORK
            answer = await channel.queue_declare(
                work.name, durable=work.durable, arguments=dict(work.arguments)
            )
        self._count = answer.consumer_count or 0
        self._believed_until_s = time.monotonic() + CONSUMERS_BELIEVED_S
        return self._count


def _read(asking: "asyncio.Task[int]") -> None:
    # Where nobody waits for it any more its failure is no news.
    if not asking.cancelled():
        asking.exception()
