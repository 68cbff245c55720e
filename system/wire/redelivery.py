"""What becomes of a call that is delivered again, since whoever had it may have begun to run it.

It goes to the end of the queue, so that one that ends each resolver that takes it stops no other;
it is counted there, and given up at the third delivery. Run again is only what is safe (RFC 9110,
9.2.1) or what the service itself runs once.
"""

from collections.abc import Callable

from aio_pika.abc import AbstractChannel

from system.wire import outbox, topology
from system.wire.envelope import RpcRequest
from system.wire.inbox import Delivery
from system.wire.rpc_errors import OutcomeUnknownError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_GIVEN_UP = "The message was delivered {} times, and whoever had it was gone before it answered."


def given_up(message: Delivery) -> OutcomeUnknownError | None:
    """Return why a message is not put on the queue once more; None where it is."""
    deliveries = message.deliveries + 1
    if deliveries >= topology.MAX_DELIVERIES:
        return OutcomeUnknownError(_GIVEN_UP.format(deliveries))
    return None


async def send_on(channel: AbstractChannel, message: Delivery) -> None:
    """Put a message that was put back on the queue once more; raise DeliveryError without room."""
    await outbox.send(
        channel,
        message.body,
        topology.WORK_QUEUE,
        correlation_id=message.correlation_id or "",
        reply_to=message.reply_to,
        ttl_s=message.expires_in_s or None,
        deliveries=message.deliveries + 1,
    )


def require_repeatable(
    request: RpcRequest, message: Delivery, repeatable: Callable[[RpcRequest], bool]
) -> None:
    """Raise OutcomeUnknownError for a call that came before and must not be run twice."""
    if message.deliveries and request.head.method not in SAFE_METHODS and not repeatable(request):
        raise OutcomeUnknownError
