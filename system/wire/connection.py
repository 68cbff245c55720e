"""One connection to the broker that comes back by itself, and says whether it is there."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aio_pika
from aio_pika.abc import AbstractRobustChannel, AbstractRobustConnection
from aiormq.exceptions import AMQPError
from yarl import URL

from system.wire import topology

log = logging.getLogger(__name__)

# What aio-pika and aiormq raise when the connection or channel is gone.
BROKEN = (AMQPError, ConnectionError, RuntimeError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """Where the broker is, and how soon its loss is noticed and mended."""

    url: str
    heartbeat_s: int = 2
    reconnect_interval_s: float = 0.5
    connect_timeout_s: float = 5.0

    def __repr__(self) -> str:
        """Show the host, never the password."""
        return f"<BrokerSettings {URL(self.url).host}:{URL(self.url).port}>"


class Connection:
    """Connects in the background, so that a process starts while its broker is still away.

    Once it stands, aio-pika brings connection, channels, queues and consumers back by itself.
    """

    def __init__(self, settings: BrokerSettings, name: str) -> None:
        self.settings = settings
        self.name = name
        self.amqp = self._unopened()

    @property
    def up(self) -> bool:
        """Tell whether the connection stands at this moment."""
        return self.amqp.connected.is_set()

    async def open(self, prepare: Callable[[], Awaitable[None]]) -> None:
        """Return once connected and prepared, however long that takes: run it aside.

        `prepare` declares and consumes; a broker lost in the middle of that begins it anew.
        """
        while True:
            try:
                await self.amqp.connect(timeout=self.settings.connect_timeout_s)
                await prepare()
            except BROKEN as error:
                log.warning("The broker does not let %s in yet: %s", self.name, error)
                await self.close()
                await asyncio.sleep(self.settings.reconnect_interval_s)
                self.amqp = self._unopened()
            else:
                return

    def _unopened(self) -> AbstractRobustConnection:
        url = URL(self.settings.url)
        return aio_pika.RobustConnection(
            url.update_query(heartbeat=self.settings.heartbeat_s, name=self.name),
            # Parsed like the parameters of a URL, so they are text.
            reconnect_interval=str(self.settings.reconnect_interval_s),
            fail_fast="0",
        )

    async def channel(self) -> AbstractRobustChannel:
        """Return a channel with publisher confirms, on which an unroutable message raises."""
        channel = self.amqp.channel(publisher_confirms=True, on_return_raises=True)
        await channel.initialize()
        return channel

    async def close(self) -> None:
        """Close the connection; one that is gone already is no error."""
        with contextlib.suppress(*BROKEN, asyncio.CancelledError):
            await self.amqp.close()


async def declare_work(channel: AbstractRobustChannel) -> aio_pika.abc.AbstractRobustQueue:
    """Declare the work queue with its dead letters, in the one way everybody does."""
    exchange = await channel.declare_exchange(
        topology.DEAD_LETTER_EXCHANGE, aio_pika.ExchangeType.FANOUT, durable=True
    )
    dead = await declare(channel, topology.DEAD)
    await dead.bind(exchange)
    return await declare(channel, topology.WORK)


async def declare(
    channel: AbstractRobustChannel, queue: topology.Queue
) -> aio_pika.abc.AbstractRobustQueue:
    """Declare a queue as the topology has it."""
    return await channel.declare_queue(
        queue.name,
        durable=queue.durable,
        exclusive=queue.exclusive,
        auto_delete=False,
        arguments=dict(queue.arguments),
    )
