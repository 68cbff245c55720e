"""The resolver's end of the RPC: takes requests from the work queue and answers each one."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import msgspec
from aio_pika import Message
from aio_pika.abc import (
    AbstractExchange,
    AbstractIncomingMessage,
    AbstractRobustChannel,
    AbstractRobustQueue,
)
from aio_pika.exceptions import DeliveryError

from system.wire import outbox, topology
from system.wire.connection import BROKEN, BrokerSettings, Connection, declare_work
from system.wire.envelope import (
    Reply,
    ReplyHead,
    Request,
    decode_request,
    encode,
)
from system.wire.faults import BadEnvelope, Fault, OutcomeUnknown
from system.wire.passage import Stay

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

Handler = Callable[[Request], Awaitable[Reply]]

log = logging.getLogger(__name__)


class RpcServer:
    """Consumes the work queue, at most `prefetch` requests at a time; `start`, then `drain`.

    With `telemetry` each reply says when the resolver took the call and when it answered.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        handler: Handler,
        *,
        name: str,
        prefetch: int,
        telemetry: bool,
    ) -> None:
        self.connection = Connection(settings, name)
        self.handler = handler
        self.prefetch = prefetch
        self.telemetry = telemetry
        self.served = self.late = self.dead = 0
        self._running: set[asyncio.Task[None]] = set()
        self._queue: AbstractRobustQueue | None = None
        self._dead_letters: AbstractExchange | None = None
        self._channel: AbstractRobustChannel | None = None
        self._consumer_tag = ""

    def __repr__(self) -> str:
        """Show what is going on."""
        running = len(self._running)
        return f"<RpcServer {running} running, {self.served} served, {self.late} late>"

    @property
    def consuming(self) -> bool:
        """Tell whether requests can reach this resolver."""
        return bool(self._consumer_tag) and self.connection.up

    async def start(self) -> None:
        """Connect and begin to consume; waits for a broker that is still away."""
        await self.connection.open(self._prepare)

    async def _prepare(self) -> None:
        channel = self._channel = await self.connection.channel()
        await channel.set_qos(prefetch_count=self.prefetch)
        self._queue = await declare_work(channel)
        self._dead_letters = await channel.get_exchange(topology.DEAD_LETTER_EXCHANGE)
        self._consumer_tag = await self._queue.consume(self._on_message)

    async def drain(self, *, grace_s: float) -> None:
        """Take no more, finish what is running within the grace period, and close."""
        if self._queue and self._consumer_tag:
            tag, self._consumer_tag = self._consumer_tag, ""
            try:
                await self._queue.cancel(tag, timeout=grace_s)
            except (*BROKEN, TimeoutError):
                log.warning("The broker was gone before the consumer could be cancelled.")
        if self._running:
            await asyncio.wait(self._running, timeout=grace_s)
        await self.connection.close()

    async def _on_message(self, message: AbstractIncomingMessage) -> None:
        task = asyncio.current_task()
        if task:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        try:
            await self._serve(message)
        except BROKEN as error:
            # The connection is gone, and the message goes back to the queue with it.
            log.warning("A reply could not be sent: %s", error)

    async def _serve(self, message: AbstractIncomingMessage) -> None:
        taken_s = time.monotonic()
        try:
            request = decode_request(message.body)
        except BadEnvelope as error:
            await self._bury(message, str(error))
            return
        if not (message.reply_to and message.correlation_id):
            await self._bury(message, "The message does not say where its reply belongs.")
            return
        if request.head.deadline.remaining_s() <= 0:
            self.late += 1
        else:
            reply = await self._result(request, redelivered=bool(message.redelivered))
            await self._answer(message, encode(self._timed(reply, taken_s)))
        await message.ack()

    async def _result(self, request: Request, *, redelivered: bool) -> Reply:
        try:
            if redelivered and request.head.method not in SAFE_METHODS:
                raise OutcomeUnknown  # noqa: TRY301 -- answered like every other fault
            return await self.handler(request)
        except Fault as fault:
            return _failure(fault)
        except Exception:
            # A caller must never hang because of a defect in here.
            log.exception("Request %s failed in the resolver", request.head.request_id)
            return _failure(OutcomeUnknown("The resolver failed while it served the call."))

    def _timed(self, reply: Reply, taken_s: float) -> Reply:
        if not self.telemetry:
            return reply
        stay = Stay(taken_s=taken_s, answered_s=time.monotonic())
        return Reply(msgspec.structs.replace(reply.head, stay=stay), reply.body)

    async def _answer(self, message: AbstractIncomingMessage, reply: bytes) -> None:
        if self._channel is None or not (message.reply_to and message.correlation_id):
            return
        try:
            await outbox.send(
                self._channel, reply, message.reply_to, correlation_id=message.correlation_id
            )
        except DeliveryError:
            log.info("The caller of %s is gone", message.correlation_id)
        self.served += 1

    async def _bury(self, message: AbstractIncomingMessage, reason: str) -> None:
        # A rejected message would arrive without its reason, so it is published with it.
        self.dead += 1
        log.warning("A message was dead-lettered: %s", reason)
        letter = Message(
            message.body,
            headers={"x-reason": reason[:500]},
            content_type=message.content_type,
            correlation_id=message.correlation_id,
        )
        if self._dead_letters:
            await self._dead_letters.publish(letter, topology.WORK_QUEUE)
        await message.ack()


def _failure(fault: Fault) -> Reply:
    return Reply(ReplyHead(status=503, fault=fault.reason, detail=str(fault)))
