"""The resolver's end of the RPC: takes requests from the work queue and answers each one.

A message that somebody had before, and that was put back because his connection ended, is sent on
with a count of that before anything else is done with it: so the count holds even of what ends
whoever looks at it. After so many deliveries it is buried.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from aio_pika.abc import AbstractChannel, AbstractQueue
from aio_pika.exceptions import DeliveryError

from system import logs
from system.boot import BOOT
from system.clocks import Clocks
from system.wire import outbox, redelivery, topology
from system.wire.broker_errors import BROKEN, LinkLostError, as_link_lost, needing
from system.wire.call_timings import ResolverTimings
from system.wire.cancellations import Cancellations
from system.wire.connection import BrokerConnection, BrokerSettings
from system.wire.dead_letters import DeadLetter
from system.wire.declarations import (
    DEFAULT_EXCHANGE,
    declare_dead_letters,
    declare_withdrawals,
    declare_work,
    require_publishing,
)
from system.wire.envelope import (
    ReplyHead,
    RpcReply,
    RpcRequest,
    decode_request,
    encode,
)
from system.wire.inbox import Delivery, Inbox
from system.wire.late_calls import LateCalls
from system.wire.rpc_errors import (
    BadEnvelopeError,
    DeadlinePassedError,
    OutcomeUnknownError,
    RpcError,
    UnknownServiceError,
    UpstreamOpenError,
)

# A breaker says itself when it opens; what nobody owns is the caller's mistake.
TOLD_ONCE = (UpstreamOpenError, UnknownServiceError)
_FAILED = "The resolver failed while it served the call."

Handler = Callable[[RpcRequest], Awaitable[RpcReply]]
Repeatable = Callable[[RpcRequest], bool]

log = structlog.stdlib.get_logger(__name__)


class RpcServer:
    """Consumes the work queue, at most `prefetch` requests at a time; `start`, then `drain`.

    With `telemetry` each reply says when the resolver took the call and when it answered.
    `repeatable` tells of an unsafe request whether it may be run again after a first delivery whose
    end nobody knows; without it none may. `lateness` counts what came too late from elsewhere.
    """

    def __init__(  # noqa: PLR0913 -- what a resolver decides, by keyword
        self,
        settings: BrokerSettings,
        handler: Handler,
        *,
        name: str,
        prefetch: int,
        telemetry: bool,
        repeatable: Repeatable = lambda _: False,
        max_message_bytes: int = topology.MAX_MESSAGE_BYTES,
        lateness: LateCalls | None = None,
    ) -> None:
        self.connection = BrokerConnection(settings, name, lost=self._lost)
        self.handler = handler
        self.prefetch = prefetch
        self.telemetry = telemetry
        self.repeatable = repeatable
        self.max_message_bytes = max_message_bytes
        self.lateness = lateness or LateCalls()
        self.served = self.late = self.dead = self.withdrawn = 0
        self._running: set[asyncio.Task[None]] = set()
        self._channel: AbstractChannel | None = None
        self._clocks = Clocks()
        self._withdrawals = Cancellations()
        self._withdrawal_queue = topology.withdrawal_queue()
        self._work = Inbox(self.connection, self._declare, self._on_message, no_ack=False)
        self._withdrawn = Inbox(
            self.connection, self._declare_withdrawals, self._withdrawals.hear, no_ack=True
        )

    def __repr__(self) -> str:
        """Show what is going on."""
        running = len(self._running)
        return f"<RpcServer {running} running, {self.served} served, {self.late} late>"

    @property
    def consuming(self) -> bool:
        """Tell whether requests can reach this resolver."""
        return self._work.open

    async def start(self) -> None:
        """Connect and begin to consume; waits for a broker that is still away."""
        await self.connection.open(self._prepare)

    async def _prepare(self) -> None:
        await declare_dead_letters(self.connection)
        exchanges = DEFAULT_EXCHANGE, topology.DEAD_LETTER_EXCHANGE
        await require_publishing(self.connection, *exchanges)
        with needing(queue="read"):
            await self._withdrawn.consume(await self.connection.channel())
            # Last: what is taken before all stands would be delivered again.
            self._channel = await self.connection.channel()
            await self._channel.set_qos(prefetch_count=self.prefetch)
            await self._work.consume(self._channel)

    async def _declare(self) -> AbstractQueue:
        return await declare_work(self.connection)

    async def _declare_withdrawals(self) -> AbstractQueue:
        return await declare_withdrawals(self.connection, self._withdrawal_queue)

    def _lost(self) -> None:
        # A broker may take a while to see that the owner of this one is gone.
        self._withdrawal_queue = topology.withdrawal_queue()

    async def drain(self, *, grace_s: float) -> None:
        """Take no more, finish what was taken within the grace period, and close.

        What was delivered is served, not put back: put back it would count as delivered before, and
        an unsafe request would not be run by anybody. What is not finished in time goes back.
        """
        ends_s = time.monotonic() + grace_s
        try:
            await self._work.cancel(within_s=grace_s)
        except (*BROKEN, TimeoutError):
            log.warning("the broker was gone before the consumer could be cancelled")
        while self._running and time.monotonic() < ends_s:
            await asyncio.wait(self._running, timeout=ends_s - time.monotonic())
        await self.connection.close()

    async def _on_message(self, message: Delivery) -> None:
        task = asyncio.current_task()
        if task:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        try:
            with as_link_lost("The connection broke off."):
                await self._serve(message)
        except BROKEN as error:
            # The connection is gone, and the message goes back to the queue with it.
            log.warning("a reply could not be sent", error=str(error))

    async def _serve(self, message: Delivery) -> None:
        taken_s = time.monotonic()
        try:
            self._require_readable(message)
            if message.redelivered:
                await self._send_on(message)
            else:
                await self._run(message, _opened(message), taken_s)
        except BadEnvelopeError as fault:
            await self._bury(message, fault)
        except BROKEN:
            raise
        except Exception:
            # Not acknowledged it would hold its place here for ever.
            log.exception("a message could not be served")
            await self._bury(message, OutcomeUnknownError(_FAILED))
        await message.ack()

    def _require_readable(self, message: Delivery) -> None:
        size = len(message.body)
        if size > self.max_message_bytes:
            raise BadEnvelopeError(
                f"The message has {size} bytes; at most {self.max_message_bytes} are taken."
            )
        if message.unreadable:
            raise BadEnvelopeError(f"The message's {message.unreadable} cannot be read as UTF-8.")

    async def _send_on(self, message: Delivery) -> None:
        """Put a message that was put back on the queue once more, or give it up."""
        if fault := redelivery.given_up(message):
            await self._bury(message, fault)
            return
        try:
            await redelivery.send_on(_there(self._channel), message)
        except DeliveryError:
            log.warning("a call that was put back found no room in the queue")
            await self._answer(message, encode(_failure(OutcomeUnknownError())))

    async def _run(self, message: Delivery, request: RpcRequest, taken_s: float) -> None:
        sent_from = request.head.deadline.boot
        request = request.on_clocks(self._clocks)
        late_s = -request.head.deadline.remaining_s()
        if late_s >= 0:
            self.late += 1
            if sent_from != BOOT:
                late = self.lateness.note(sent_from, late_s)
                # Whoever had it before may have run it.
                fault = DeadlinePassedError(str(late)) if message.deliveries else late
                await self._answer(message, encode(_failure(fault)))
        elif self._withdrawals.take(message.correlation_id or ""):
            self.withdrawn += 1
        else:
            await self._answer(message, await self._encoded(request, message, taken_s))
            self.served += 1

    async def _encoded(self, request: RpcRequest, message: Delivery, taken_s: float) -> bytes:
        # Returned as bytes alone: a long answer is not held beside its envelope until it is sent.
        reply = await self._result(request, message)
        return encode(self._timed(reply, taken_s))

    async def _result(self, request: RpcRequest, message: Delivery) -> RpcReply:
        try:
            redelivery.require_repeatable(request, message, self.repeatable)
            return await self.handler(request)
        except RpcError as fault:
            if not isinstance(fault, TOLD_ONCE):
                log.warning("call failed", reason=fault.reason, **about(request))
            return _failure(fault)
        except Exception:
            # A caller must never hang because of a defect in here.
            log.exception("call failed in the resolver", **about(request))
            return _failure(OutcomeUnknownError(_FAILED))

    def _timed(self, reply: RpcReply, taken_s: float) -> RpcReply:
        if not self.telemetry:
            return reply
        stay = ResolverTimings(taken_s=taken_s, answered_s=time.monotonic())
        return RpcReply(msgspec.structs.replace(reply.head, stay=stay), reply.body)

    async def _answer(self, message: Delivery, reply: bytes) -> None:
        if self._channel is None or not (message.reply_to and message.correlation_id):
            return
        try:
            await outbox.send(
                self._channel, reply, message.reply_to, correlation_id=message.correlation_id
            )
        except DeliveryError:
            log.info("the caller is gone", correlation_id=message.correlation_id)

    async def _bury(self, message: Delivery, fault: RpcError) -> None:
        """Put what may be kept of a message aside, and tell its caller where it names one."""
        self.dead += 1
        log.warning("a message was dead-lettered", reason=str(fault))
        letter = DeadLetter.of(message.body, str(fault), message.correlation_id)
        await outbox.bury(_there(self._channel), letter)
        await self._answer(message, encode(_failure(fault)))


def about(request: RpcRequest) -> dict[str, str]:
    """Return what joins a log line to a call."""
    traces = (value for name, value in request.head.headers if name.lower() == "traceparent")
    return logs.call(request.head.request_id, next(traces, None))


def _opened(message: Delivery) -> RpcRequest:
    """Return the request in a message; raise BadEnvelopeError where none can be answered."""
    request = decode_request(message.body)
    if not (message.reply_to and message.correlation_id):
        raise BadEnvelopeError("The message does not say where its reply belongs.")
    return request


def _there(channel: AbstractChannel | None) -> AbstractChannel:
    if channel is None:
        raise LinkLostError("There is no channel yet.")
    return channel


def _failure(fault: RpcError) -> RpcReply:
    head = ReplyHead(
        status=503, fault=fault.reason, detail=str(fault), retry_after_s=fault.retry_after_s
    )
    return RpcReply(head)
