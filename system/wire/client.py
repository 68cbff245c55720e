"""The caller's end of the RPC: publishes a request, waits for its reply, until the deadline."""

import asyncio
import itertools
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from aio_pika.abc import AbstractIncomingMessage, AbstractRobustChannel
from aio_pika.exceptions import DeliveryError

from system.wire import outbox, topology
from system.wire.connection import BROKEN, BrokerSettings, Connection, declare, declare_work
from system.wire.envelope import Reply, Request, decode_reply, encode
from system.wire.faults import (
    BadEnvelope,
    BrokerDown,
    DeadlinePassed,
    NoResponder,
    OutcomeUnknown,
    Overload,
    UpstreamBad,
    fault_for,
)
from system.wire.passage import Passage

# How long an answer to "does anybody consume the work queue?" is believed.
CONSUMERS_BELIEVED_S = 0.025
MIN_TTL_S = 0.001


class RpcClient:
    """Calls over one connection with one exclusive reply queue; `start` it, and `close` it."""

    def __init__(self, settings: BrokerSettings, *, name: str, max_in_flight: int) -> None:
        self.connection = Connection(settings, name)
        self.max_in_flight = max_in_flight
        self.reply_queue = topology.reply_queue()
        self.late = 0
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._ids = itertools.count()
        self._prefix = uuid.uuid4().hex[:12]
        self._channel: AbstractRobustChannel | None = None
        self._consumers = Consumers()
        self._opening: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        """Show what is going on."""
        link = "up" if self.connection.up else "down"
        return f"<RpcClient {link}, {len(self._waiting)} waiting, {self.late} late>"

    def start(self) -> None:
        """Begin to connect; until that is done calls are answered with BrokerDown."""
        self._opening = asyncio.create_task(self.connection.open(self._prepare))

    async def _prepare(self) -> None:
        self.connection.amqp.close_callbacks.add(self._lost)
        channel = await self.connection.channel()
        await declare_work(channel)
        queue = await declare(channel, self.reply_queue)
        await queue.consume(self._on_reply, no_ack=True)
        await self._consumers.open(self.connection)
        self._channel = channel

    async def close(self) -> None:
        """Close the connection; calls still waiting end as unknown."""
        if self._opening:
            self._opening.cancel()
        self._lost()
        await self.connection.close()

    async def call(self, request: Request, passage: Passage | None = None) -> Reply:
        """Send the request and return the service's answer; raise a Fault, by the deadline.

        `passage`, if given, notes when what happened, on every way out.
        """
        if len(self._waiting) >= self.max_in_flight:
            raise Overload
        with self._place() as (correlation_id, reply):
            try:
                async with asyncio.timeout(max(0.0, request.head.deadline.remaining_s())):
                    await self._publish(request, correlation_id)
                    if passage:
                        passage.confirmed_s = time.monotonic()
                    answer = await reply
            except TimeoutError as error:
                raise DeadlinePassed from error
        if passage:
            passage.end(answer.head.stay, answer.head.hops_ms)
        if answer.head.fault:
            raise fault_for(answer.head.fault, answer.head.detail)
        return answer

    async def _publish(self, request: Request, correlation_id: str) -> None:
        channel = self._channel
        if channel is None or not self.connection.up:
            raise BrokerDown
        with _broker_trouble(BrokerDown()):
            listening = await self._consumers.count()
        if not listening:
            raise NoResponder
        with _broker_trouble(OutcomeUnknown("The broker was lost while it took the call.")):
            await outbox.send(
                channel,
                encode(request),
                topology.WORK_QUEUE,
                correlation_id=correlation_id,
                reply_to=self.reply_queue.name,
                ttl_s=max(MIN_TTL_S, request.head.deadline.remaining_s()),
            )

    @contextmanager
    def _place(self) -> Iterator[tuple[str, asyncio.Future[Reply]]]:
        correlation_id = f"{self._prefix}-{next(self._ids)}"
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[correlation_id] = future
        try:
            yield correlation_id, future
        finally:
            del self._waiting[correlation_id]
            if future.done() and not future.cancelled():
                future.exception()  # a call that ended otherwise leaves no unread exception

    async def _on_reply(self, message: AbstractIncomingMessage) -> None:
        future = self._waiting.get(message.correlation_id or "")
        if future is None or future.done():
            self.late += 1
            return
        try:
            future.set_result(decode_reply(message.body))
        except BadEnvelope as error:
            future.set_exception(UpstreamBad(str(error)))

    def _lost(self, *_: object) -> None:
        # The reply queue went with the connection: no reply can come for what was sent.
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(OutcomeUnknown("The broker was lost during the call."))


class Consumers:
    """Asks how many resolvers consume the work queue, once for all calls of a short while.

    It has a channel of its own: a refused declaration closes the channel it came on. Declaring
    actively instead of passively brings back a queue that an operator deleted.
    """

    def __init__(self) -> None:
        self._channel: AbstractRobustChannel | None = None
        self._count = 0
        self._believed_until_s = 0.0
        self._asking: asyncio.Task[int] | None = None

    async def open(self, connection: Connection) -> None:
        """Open the channel to ask on."""
        self._channel = await connection.channel()

    async def count(self) -> int:
        """Return the number of consumers, at most CONSUMERS_BELIEVED_S old."""
        if time.monotonic() < self._believed_until_s:
            return self._count
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> int:
        if self._channel is None:
            return 0
        channel = await self._channel.get_underlay_channel()
        work = topology.WORK
        answer = await channel.queue_declare(
            work.name, durable=work.durable, arguments=dict(work.arguments)
        )
        self._count = answer.consumer_count or 0
        self._believed_until_s = time.monotonic() + CONSUMERS_BELIEVED_S
        return self._count


@contextmanager
def _broker_trouble(fault: BrokerDown | OutcomeUnknown) -> Iterator[None]:
    """Translate what the broker's client raises into `fault`."""
    try:
        yield
    except DeliveryError as error:
        raise NoResponder from error
    except BROKEN as error:
        raise fault from error
    except asyncio.CancelledError as error:
        # A dead link shows as a cancellation that nobody asked for.
        task = asyncio.current_task()
        if task and task.cancelling():
            raise
        raise fault from error
