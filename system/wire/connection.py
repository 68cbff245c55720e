"""One connection to the broker at a time, which says whether it is there and whether it is heard.

A connection that ends, or a channel of it, or that is not answered, is thrown away with all that
hung on it, and another is made from nothing: declared, consumed and counted anew. Nothing is
restored, so nothing can be restored by half (a consumer that gets no messages, a channel that is
there twice). aio-pika's RobustConnection restores; it has no jitter, does not see a connection that
is blocked, and leaves a channel that cannot be restored closed for good.
"""

import asyncio
import contextlib
import random
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel
from yarl import URL

from system.wire import topology
from system.wire.frames import TolerantConnection
from system.wire.trouble import BROKEN, LinkLost, as_link_lost

log = structlog.stdlib.get_logger(__name__)

Prepare = Callable[[], Awaitable[None]]

# How much of the interval between two attempts is chance, so that not all come back at once.
JITTER = 0.5
# How often a connection is tried. Heartbeats alone need 9 s to notice a broker that is cut off.
PULSE_S = 1.0
# What is closed may be closed in peace, but not for ever.
CLOSE_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """Where the broker is, how it proves who it is, and how soon its loss is noticed and mended.

    An `amqps://` broker shows a certificate of `ca_file`, or of the system's authorities where that
    is empty; `verify=False` takes any.
    """

    url: str
    ca_file: str = ""
    verify: bool = True
    heartbeat_s: int = 2
    reconnect_interval_s: float = 0.5
    connect_timeout_s: float = 1.5
    answer_timeout_s: float = 2.0

    def __repr__(self) -> str:
        """Show the host, never the password."""
        return f"<BrokerSettings {URL(self.url).host}:{URL(self.url).port}>"

    def tls(self) -> ssl.SSLContext | None:
        """Return how the broker's certificate is checked; None where there is none."""
        return tls_context(self.ca_file, verify=self.verify) if _secure(self.url) else None


def _secure(url: str) -> bool:
    return URL(url).scheme == "amqps"


def tls_context(ca_file: str, *, verify: bool) -> ssl.SSLContext:
    """Return a client's context that trusts `ca_file`, or the system's authorities where empty."""
    context = ssl.create_default_context(cafile=ca_file or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Connection:
    """Connects in the background, so that a process starts while its broker is still away.

    `lives` counts the connections that stood so far. `lost` is called when one ends.
    """

    def __init__(
        self, settings: BrokerSettings, name: str, *, lost: Callable[[], None] = lambda: None
    ) -> None:
        self.settings = settings
        self.name = name
        self.up = False
        self.lives = 0
        self._lost = lost
        self._tls = settings.tls()
        self._amqp: aio_pika.Connection | None = None
        self._asking: AbstractChannel | None = None
        self._ended = asyncio.Event()
        self._standing = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        """Show whether it stands, and how often it did."""
        return f"<Connection {self.name} {'up' if self.up else 'down'}, life {self.lives}>"

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

        `prepare` declares and consumes, in every life anew; what it raises other than for want of a
        broker is raised here.
        """
        self._keeper = asyncio.create_task(self._keep(prepare))
        standing = asyncio.create_task(self._standing.wait())
        try:
            await asyncio.wait({self._keeper, standing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            standing.cancel()
        if self._keeper.done():
            self._keeper.result()

    async def stands(self, *, within_s: float) -> bool:
        """Wait until connected and prepared; tell whether that was within the time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._standing.wait(), within_s)
        return self.up

    async def channel(self) -> AbstractChannel:
        """Return a channel with publisher confirms, on which an unroutable message raises."""
        if self._amqp is None:
            raise LinkLost("There is no connection to open a channel on.")
        channel = self._amqp.channel(publisher_confirms=True, on_return_raises=True)
        await channel.initialize()
        channel.close_callbacks.add(self._whoever_ends())
        return channel

    async def consumers(self) -> int:
        """Return how many resolvers consume the work queue: the shortest question to a broker.

        Asking declares, so it brings back a queue that an operator deleted. It has a channel of its
        own, since a refused declaration closes the one it came on.
        """
        if self._asking is None:
            raise LinkLost("There is no channel to ask on.")
        with as_link_lost("The connection broke off while the consumers were counted."):
            channel = await self._asking.get_underlay_channel()
            work = topology.WORK
            answer = await channel.queue_declare(
                work.name, durable=work.durable, arguments=dict(work.arguments)
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
        complaint = ""
        while True:
            try:
                await self._live(prepare)
                complaint = ""
            except (*BROKEN, TimeoutError) as error:
                if complaint != repr(error):  # said once, not twice a second
                    log.warning(
                        "no connection to the broker yet", name=self.name, error=repr(error)
                    )
                complaint = repr(error)
            interval_s = self.settings.reconnect_interval_s
            await asyncio.sleep(interval_s * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 -- spreads attempts, hides nothing

    async def _live(self, prepare: Prepare) -> None:
        """Connect, serve as long as it lasts, and leave nothing of it."""
        self._ended = asyncio.Event()
        ended = asyncio.create_task(self._ended.wait())
        try:
            with as_link_lost("The connection broke off at its beginning."):
                await self._begin(prepare)
            self.up = True
            self.lives += 1
            self._standing.set()
            log.info("connected to the broker", name=self.name, life=self.lives)
            await self._watch(ended)
        finally:
            ended.cancel()
            self._end()

    async def _begin(self, prepare: Prepare) -> None:
        self._amqp = TolerantConnection(self._url(), ssl_context=self._tls)
        self._amqp.close_callbacks.add(self._whoever_ends())
        await self._amqp.connect(timeout=self.settings.connect_timeout_s)
        async with asyncio.timeout(2 * self.settings.answer_timeout_s):
            self._asking = await self.channel()
            await prepare()

    async def _watch(self, ended: "asyncio.Task[Literal[True]]") -> None:
        """Return when the connection has ended, or is not answered."""
        while not ended.done():
            await asyncio.wait({ended}, timeout=PULSE_S)
            asking = asyncio.create_task(self.consumers())
            asking.add_done_callback(read)
            if not await self._heard(asking, ended):
                self.abandon("the broker does not answer.")
                return

    async def _heard(
        self, asking: "asyncio.Task[int]", ended: "asyncio.Task[Literal[True]]"
    ) -> bool:
        # Twice half the time: after a pause of this process the first half is over at once.
        silent = 0
        while not (asking.done() or ended.done()):
            if silent == 2:  # noqa: PLR2004 -- see above
                asking.cancel()
                return False
            await asyncio.wait(
                {asking, ended},
                timeout=self.settings.answer_timeout_s / 2,
                return_when=asyncio.FIRST_COMPLETED,
            )
            silent = 0 if self.blocked else silent + 1
        return True

    def _whoever_ends(self) -> Callable[..., None]:
        # Of this life alone: what is closed late must not end the next one.
        ended = self._ended
        return lambda *_: ended.set()

    def _end(self) -> None:
        amqp, self._amqp, self._asking, self.up = self._amqp, None, None, False
        self._standing.clear()
        self._lost()
        if amqp:
            task = asyncio.create_task(_closed(amqp))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def _url(self) -> URL:
        return URL(self.settings.url).update_query(
            heartbeat=self.settings.heartbeat_s, name=self.name
        )


def read(asking: "asyncio.Task[int] | asyncio.Task[None]") -> None:
    """Look at how a question ended: where nobody waits for it, its failure is no news."""
    if not asking.cancelled():
        asking.exception()


async def _closed(amqp: aio_pika.Connection) -> None:
    with contextlib.suppress(*BROKEN, TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(amqp.close(), CLOSE_WITHIN_S)
