"""One connection to the broker at a time, which says whether it is there and whether it is heard.

A connection that ends, or a channel of it, or that is not answered, is thrown away with all that
hung on it, and another is made from nothing: declared, consumed and counted anew. Nothing is
restored, so nothing can be restored by half (a consumer that gets no messages, a channel that is
there twice). aio-pika's RobustConnection restores; it has no jitter, does not see a connection that
is blocked, and leaves a channel that cannot be restored closed for good.

Where the broker refuses what an end cannot do without (a right, a queue), the connection stays and
is prepared anew, on channels of its own, until it is granted.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel

from system.wire import topology
from system.wire.broker_errors import BROKEN, BrokerRefusedError, LinkLostError, as_link_lost
from system.wire.broker_liveness import Ended, ends, heard, read
from system.wire.broker_login import BrokerSettings, let_in, tls_context
from system.wire.frames import TolerantConnection
from system.wire.outage import Outage

__all__ = ["BrokerConnection", "BrokerSettings", "tls_context"]

log = structlog.stdlib.get_logger(__name__)

Prepare = Callable[[], Awaitable[None]]

# How often a connection is tried.
PULSE_S = 1.0
# Within how many times the time for one answer all must be prepared, which takes some twenty.
PREPARED_WITHIN = 3
# What is closed may be closed in peace, but not for ever.
CLOSE_WITHIN_S = 15.0


class BrokerConnection:
    """Connects in the background, so that a process starts while its broker is still away.

    `lives` counts the connections that stood so far. `lost` is called when one ends.
    `work_found` tells how the work queue differs from the topology's, and is empty where it does
    not.
    """

    def __init__(
        self, settings: BrokerSettings, name: str, *, lost: Callable[[], None] = lambda: None
    ) -> None:
        self.settings = settings
        self.name = name
        self.up = False
        self.lives = 0
        self.work_found = ""
        self.outage = Outage(settings, name)
        self._lost = lost
        self._tls = settings.tls()
        self._amqp: aio_pika.Connection | None = None
        self._asking: AbstractChannel | None = None
        self._ended = asyncio.Event()
        self._standing = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._channels: list[AbstractChannel] = []
        self._spare: AbstractChannel | None = None

    def __repr__(self) -> str:
        """Show whether it stands, and how often it did."""
        return f"<BrokerConnection {self.name} {'up' if self.up else 'down'}, life {self.lives}>"

    @property
    def blocked(self) -> bool:
        """Tell whether the broker reads nothing from here, for want of memory or disk."""
        transport = self._amqp and self._amqp.transport
        if not transport or not self.up:
            return False
        # What does not have to wait returns in its first step.
        waiting = transport.connection.ready()
        try:
            waiting.send(None)
        except StopIteration:
            return False
        finally:
            waiting.close()
        return True

    async def open(self, prepare: Prepare) -> None:
        """Return once connected and prepared, however long that takes: run it aside.

        `prepare` declares and consumes, in every life anew, and raises BrokerRefusedError where
        the broker lets it not. Whatever else it raises is logged, and does not end what connects.
        """
        self._keeper = asyncio.create_task(self._keep(prepare))
        await self._standing.wait()

    async def stands(self, *, within_s: float) -> bool:
        """Wait until connected and prepared; tell whether that was within the time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._standing.wait(), within_s)
        return self.up

    async def channel(self) -> AbstractChannel:
        """Return a channel with publisher confirms, on which an unroutable message raises.

        It is for `prepare`: the life that is prepared ends with it.
        """
        channel = self._made(confirms=True)
        self._channels.append(channel)
        await channel.initialize()
        return channel

    @contextlib.asynccontextmanager
    async def aside(self) -> AsyncIterator[AbstractChannel]:
        """Give a channel for what may be refused: a refusal closes it, and nothing else.

        It has no publisher confirms. One serves for all that is prepared, until it is refused.
        """
        channel, self._spare = self._spare, None
        if channel is None:
            channel = self._made(confirms=False)
            await channel.initialize()
        try:
            yield channel
        except BaseException:
            await _left(channel)
            raise
        if self.up:
            await _left(channel)
        else:
            self._spare = channel

    def _made(self, *, confirms: bool) -> AbstractChannel:
        if self._amqp is None:
            raise LinkLostError("There is no connection to open a channel on.")
        return self._amqp.channel(publisher_confirms=confirms, on_return_raises=confirms)

    async def consumers(self) -> int:
        """Return how many resolvers consume the work queue: the shortest question to a broker.

        Asking declares, so it brings back a queue that an operator deleted; one that is not ours is
        asked about alone, and brought back in the next life. It has a channel of its own, since a
        refused declaration closes the one it came on.
        """
        if self._asking is None:
            raise LinkLostError("There is no channel to ask on.")
        with as_link_lost("The connection broke off while the consumers were counted."):
            channel = await self._asking.get_underlay_channel()
            work = topology.WORK
            answer = await channel.queue_declare(
                work.name,
                passive=bool(self.work_found),
                durable=work.durable,
                arguments=dict(work.arguments),
            )
        return answer.consumer_count or 0

    def abandon(self, why: str) -> None:
        """Throw this connection away and make another."""
        if not self._ended.is_set():
            log.warning("connection given up", name=self.name, why=why)
            self._ended.set()

    async def close(self) -> None:
        """Close the connection for good; one that is gone already is no error."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.wait({self._keeper}, timeout=CLOSE_WITHIN_S)
        if self._closing:
            await asyncio.wait(self._closing, timeout=CLOSE_WITHIN_S)

    async def _keep(self, prepare: Prepare) -> None:
        while True:
            try:
                with as_link_lost("The connection broke off."):
                    await self._live(prepare)
            except BrokerRefusedError as error:
                self.outage.refused(error)
            except (*BROKEN, TimeoutError) as error:
                self.outage.broken(error)
            except Exception as error:  # noqa: BLE001 -- it is told, and must not end what connects
                self.outage.defect(error)
            await asyncio.sleep(self.outage.pause_s())

    async def _live(self, prepare: Prepare) -> None:
        """Connect, serve as long as it lasts, and leave nothing of it."""
        self._ended = asyncio.Event()
        ended = asyncio.create_task(self._ended.wait())
        try:
            await self._connect()
            await self._prepared(prepare, ended)
            self.outage.over()
            self.up = True
            self.lives += 1
            self._standing.set()
            log.info("connected to the broker", name=self.name, life=self.lives)
            await self._watch(ended)
        finally:
            ended.cancel()
            self._end()

    async def _connect(self) -> None:
        address = self.settings.address(self.name)
        self._amqp = TolerantConnection(address, ssl_context=self._tls)
        self._amqp.close_callbacks.add(self._whoever_ends())
        with let_in(self.settings):
            await self._amqp.connect(timeout=self.settings.connect_timeout_s)

    async def _prepared(self, prepare: Prepare, ended: Ended) -> None:
        """Prepare, and again as long as the broker refuses: that costs it a few channels."""
        while True:
            try:
                async with asyncio.timeout(PREPARED_WITHIN * self.settings.answer_timeout_s):
                    self._channels, self._spare = [], None
                    self._asking = await self.channel()
                    await prepare()
                break
            except BrokerRefusedError as error:
                self.outage.refused(error)
            await self._leave_spare()
            for channel in self._channels:
                await _left(channel)
            if await ends(ended, within_s=self.outage.pause_s()):
                raise LinkLostError("The connection broke off while a right was waited for.")
        await self._leave_spare()
        for channel in self._channels:
            self._live_and_die_by(channel)

    async def _leave_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare:
            await _left(spare)

    def _live_and_die_by(self, channel: AbstractChannel) -> None:
        end = self._whoever_ends()
        channel.close_callbacks.add(end)
        if channel.is_closed:
            end()

    async def _watch(self, ended: Ended) -> None:
        """Return when the connection has ended, or is not answered."""
        while not await ends(ended, within_s=PULSE_S):
            asking = asyncio.create_task(self.consumers())
            asking.add_done_callback(read)
            within_s = self.settings.answer_timeout_s
            if not await heard(asking, ended, within_s=within_s, held_up=lambda: self.blocked):
                self.abandon("the broker does not answer.")
                return

    def _whoever_ends(self) -> Callable[..., None]:
        # Of this life alone: what is closed late must not end the next one.
        ended = self._ended
        return lambda *_: ended.set()

    def _end(self) -> None:
        amqp, self._amqp, self._asking, self.up = self._amqp, None, None, False
        self._channels, self._spare = [], None
        self._standing.clear()
        self._lost()
        if amqp:
            task = asyncio.create_task(_closed(amqp))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


async def _closed(amqp: aio_pika.Connection) -> None:
    with contextlib.suppress(*BROKEN, TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(amqp.close(), CLOSE_WITHIN_S)


async def _left(channel: AbstractChannel) -> None:
    # The one that is closed already is why it is left.
    with contextlib.suppress(*BROKEN, TimeoutError):
        await asyncio.wait_for(channel.close(), CLOSE_WITHIN_S)
