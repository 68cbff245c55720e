"""The caller's end of the RPC: publishes a request, waits for its reply, until the deadline."""

import asyncio
import itertools
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aio_pika.abc import AbstractChannel, AbstractQueue
from aio_pika.exceptions import ChannelInvalidStateError, DeliveryError, PublishError

from system.wire import outbox, topology
from system.wire.broker_errors import BROKEN, as_link_lost, needing
from system.wire.call_timings import CallTimings
from system.wire.connection import BrokerConnection, BrokerSettings
from system.wire.consumers import Consumers
from system.wire.declarations import (
    DEFAULT_EXCHANGE,
    declare_exchange,
    declare_own,
    declare_work,
    require_publishing,
)
from system.wire.envelope import RpcReply, RpcRequest, decode_reply, encode_request
from system.wire.inbox import Delivery, Inbox
from system.wire.rpc_errors import (
    BadEnvelopeError,
    BrokerBlockedError,
    BrokerDownError,
    DeadlinePassedError,
    NoResponderError,
    OutcomeUnknownError,
    OverloadError,
    UpstreamBadError,
    fault_for,
)

MIN_TTL_S = 0.001
# A withdrawal that is not sent costs a resolver some work; one too many must not cost memory.
MAX_WITHDRAWALS = 256


class RpcClient:
    """Calls over one connection with one exclusive reply queue; `start` it, and `close` it."""

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        name: str,
        max_in_flight: int,
        max_message_bytes: int = topology.MAX_MESSAGE_BYTES,
    ) -> None:
        self.connection = BrokerConnection(settings, name, lost=self._lost)
        self.max_in_flight = max_in_flight
        self.max_message_bytes = max_message_bytes
        self.reply_queue = topology.reply_queue()
        self.late = 0
        self._in_flight = 0
        self._waiting: dict[str, asyncio.Future[RpcReply]] = {}
        self._ids = itertools.count()
        self._prefix = uuid.uuid4().hex[:12]
        self._channel: AbstractChannel | None = None
        self._consumers = Consumers(self.connection)
        self._replies = Inbox(self.connection, self._declare, self._on_reply, no_ack=True)
        self._opening: asyncio.Task[None] | None = None
        self._withdrawing: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        """Show what is going on."""
        link = "blocked" if self.connection.blocked else "up" if self.connection.up else "down"
        return f"<RpcClient {link}, {self._in_flight} waiting, {self.late} late>"

    def start(self) -> None:
        """Begin to connect; until that is done calls are answered with BrokerDownError."""
        self._opening = asyncio.create_task(self.connection.open(self._prepare))

    async def _prepare(self) -> None:
        await declare_work(self.connection)
        await declare_exchange(self.connection, topology.WITHDRAWAL_EXCHANGE)
        exchanges = DEFAULT_EXCHANGE, topology.WITHDRAWAL_EXCHANGE
        await require_publishing(self.connection, *exchanges)
        self._channel = await self.connection.channel()
        with needing(queue="read"):
            await self._replies.consume(self._channel)
        self._consumers.forget()

    async def _declare(self) -> AbstractQueue:
        return await declare_own(self.connection, self.reply_queue)

    async def close(self) -> None:
        """Close the connection; calls still waiting end as unknown."""
        if self._opening:
            self._opening.cancel()
        self._lost()
        await self.connection.close()

    async def call(self, request: RpcRequest, passage: CallTimings | None = None) -> RpcReply:
        """Send the request and return the service's answer; raise an RpcError, by the deadline.

        `passage`, if given, notes when what happened, on every way out. A call that is cancelled is
        withdrawn: it does not begin any more, unless it has begun.
        """
        if self._in_flight >= self.max_in_flight:
            raise OverloadError
        with self._place() as correlation_id:
            try:
                async with asyncio.timeout(max(0.0, request.head.deadline.remaining_s())):
                    reply = await self._publish(request, correlation_id)
                    if passage:
                        passage.confirmed_s = time.monotonic()
                    answer = await reply
            except TimeoutError as error:
                raise DeadlinePassedError from error
            except asyncio.CancelledError:
                self._withdraw(correlation_id, request.head.deadline.remaining_s())
                raise
        if passage:
            passage.end(answer.head.stay, answer.head.hops_ms)
        if answer.head.fault:
            raise fault_for(answer.head.fault, answer.head.detail, answer.head.retry_after_s)
        return answer

    async def _publish(
        self, request: RpcRequest, correlation_id: str
    ) -> "asyncio.Future[RpcReply]":
        message = encode_request(request, max_bytes=self.max_message_bytes)
        channel = self._usable_channel()
        if self._consumers.stale:
            await self._consumers.ask()
            # What is published now must not be read by the broker later, nor by one that is gone.
            channel = self._usable_channel()
        self._consumers.used()
        if not self._consumers.count:
            raise NoResponderError
        # From here on it may run; a connection that was lost before was none of its.
        reply = self._waiting[correlation_id] = asyncio.get_running_loop().create_future()
        with _broker_trouble(OutcomeUnknownError("The broker was lost while it took the call.")):
            await outbox.send(
                channel,
                message,
                topology.WORK_QUEUE,
                correlation_id=correlation_id,
                reply_to=self.reply_queue.name,
                ttl_s=max(MIN_TTL_S, request.head.deadline.remaining_s()),
            )
        return reply

    def _usable_channel(self) -> AbstractChannel:
        if self._channel is None or not self.connection.up:
            raise self.connection.outage.fault()
        if self.connection.blocked:
            raise BrokerBlockedError
        return self._channel

    def _withdraw(self, correlation_id: str, remaining_s: float) -> None:
        """Say that nobody waits any more, aside: whoever cancelled does not wait for that."""
        channel = self._channel
        if channel is None or remaining_s <= 0 or len(self._withdrawing) >= MAX_WITHDRAWALS:
            return
        if self.connection.up and not self.connection.blocked:
            task = asyncio.create_task(_say_withdrawn(channel, correlation_id, remaining_s))
            self._withdrawing.add(task)
            task.add_done_callback(self._withdrawing.discard)

    @contextmanager
    def _place(self) -> Iterator[str]:
        correlation_id = f"{self._prefix}-{next(self._ids)}"
        self._in_flight += 1
        try:
            yield correlation_id
        finally:
            self._in_flight -= 1
            future = self._waiting.pop(correlation_id, None)
            if future and future.done() and not future.cancelled():
                future.exception()  # a call that ended otherwise leaves no unread exception

    async def _on_reply(self, message: Delivery) -> None:
        future = self._waiting.get(message.correlation_id or "")
        if future is None or future.done():
            self.late += 1
            return
        try:
            future.set_result(decode_reply(message.body))
        except BadEnvelopeError as error:
            future.set_exception(UpstreamBadError(str(error)))

    def _lost(self) -> None:
        # The reply queue went with the connection: no reply can come for what was sent. The next
        # has another name, for a broker may take a while to see that the owner of this one is gone.
        self.reply_queue = topology.reply_queue()
        self._consumers.forget()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(OutcomeUnknownError("The broker was lost during the call."))


async def _say_withdrawn(channel: AbstractChannel, correlation_id: str, remaining_s: float) -> None:
    with suppress(*BROKEN, TimeoutError), as_link_lost("The broker was lost meanwhile."):
        async with asyncio.timeout(remaining_s):
            await outbox.withdraw(channel, correlation_id, ttl_s=remaining_s)


@contextmanager
def _broker_trouble(fault: OutcomeUnknownError) -> Iterator[None]:
    """Translate what the broker's client raises into `fault`, or into what it surely means."""
    try:
        with as_link_lost("The connection broke off."):
            yield
    except PublishError as error:
        raise NoResponderError from error  # no such queue: it came back
    except DeliveryError as error:
        raise OverloadError("The queue is full.") from error  # refused: a nack
    except ChannelInvalidStateError as error:
        raise BrokerDownError from error  # the channel was closed before anything was sent on it
    except BROKEN as error:
        raise fault from error
