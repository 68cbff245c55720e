"""Sees to it that exchanges and queues are there: as the topology has them, or as they are found.

What is found otherwise is used as it is, and so is what its user may not declare: who runs a broker
may set it up in his own way. What an end cannot do without is proven before it serves, else it is a
`BrokerRefusedError`.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractQueue
from aiormq.exceptions import (
    ChannelAccessRefused,
    ChannelClosed,
    ChannelInvalidStateError,
    ChannelLockedResource,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
)

from system.wire import topology
from system.wire.broker_errors import BrokerRefusedError, needing
from system.wire.connection import BrokerConnection
from system.wire.queue_mismatches import dangers, differences, properties
from system.wire.rpc_errors import QueueMismatchError

DEFAULT_EXCHANGE: Final = ""

T = TypeVar("T")

_NOT_OURS_TO_DECLARE: Final = "it is not this user's to declare"

log = structlog.stdlib.get_logger(__name__)


async def declare(channel: AbstractChannel, queue: topology.Queue) -> AbstractQueue:
    """Declare a queue, and return it with the number of its consumers."""
    return await channel.declare_queue(
        queue.name,
        durable=queue.durable,
        exclusive=queue.exclusive,
        auto_delete=False,
        arguments=dict(queue.arguments),
    )


async def declare_own(connection: BrokerConnection, queue: topology.Queue) -> AbstractQueue:
    """Declare a queue that is this connection's alone."""
    with needing(queue="configure"):
        async with connection.aside() as channel:
            return await declare(channel, queue)


async def declare_work(connection: BrokerConnection) -> AbstractQueue:
    """Have the work queue; note on the connection, and log, how it differs from the topology's."""
    work = topology.WORK
    try:
        with needing(queue="configure"):
            queue, refusal = await _there(
                connection,
                lambda channel: declare(channel, work),
                lambda channel: channel.declare_queue(work.name, passive=True),
            )
    except ChannelLockedResource as error:
        raise _mismatch("is exclusive to another connection; it must be shared") from error
    except ChannelPreconditionFailed as error:
        raise _mismatch(f"cannot be declared: {error}") from error
    if isinstance(refusal, ChannelPreconditionFailed):
        _say_once(connection, *await _found(connection))
    elif refusal:
        _say_once(connection, _NOT_OURS_TO_DECLARE, [])
    else:
        connection.work_found = ""
    return queue


async def _found(connection: BrokerConnection) -> tuple[str, list[str]]:
    ours = properties(topology.WORK)
    found = await differences(connection, topology.WORK)
    if found.get("x-queue-type") == "stream":
        raise _mismatch("is a stream, of which every resolver would run every call")
    differs = (f"{name} is {found[name]}, not {ours.get(name)}" for name in found)
    return "; ".join(differs), list(dangers(ours | found, ours))


def _say_once(connection: BrokerConnection, found: str, feared: list[str]) -> None:
    if found != connection.work_found:
        say = log.warning if feared else log.info
        name = topology.WORK_QUEUE
        say("the work queue is used as it is", queue=name, found=found, dangers=feared)
    connection.work_found = found


def _mismatch(what: str) -> BrokerRefusedError:
    said = f"The queue '{topology.WORK_QUEUE}' {what}: put a classic or quorum queue in its place."
    return BrokerRefusedError(QueueMismatchError(said))


async def declare_dead_letters(connection: BrokerConnection) -> None:
    """Have the exchange of dead letters; the queue behind it may be another's."""
    await declare_exchange(connection, topology.DEAD_LETTER_EXCHANGE)
    dead = topology.DEAD
    try:
        await _there(
            connection,
            lambda channel: declare(channel, dead),
            lambda channel: channel.declare_queue(dead.name, passive=True),
        )
        async with connection.aside() as channel:
            beneath = await channel.get_underlay_channel()
            await beneath.queue_bind(dead.name, topology.DEAD_LETTER_EXCHANGE, dead.name)
    except (ChannelAccessRefused, ChannelPreconditionFailed) as error:
        log.info("where dead letters go is left to whoever set it up", said=str(error))


async def declare_withdrawals(connection: BrokerConnection, queue: topology.Queue) -> AbstractQueue:
    """Declare a resolver's queue of withdrawn calls, of which every resolver hears."""
    await declare_exchange(connection, topology.WITHDRAWAL_EXCHANGE)
    declared = await declare_own(connection, queue)
    with needing(queue="write", exchange="read"):
        async with connection.aside() as channel:
            beneath = await channel.get_underlay_channel()
            await beneath.queue_bind(queue.name, topology.WITHDRAWAL_EXCHANGE, queue.name)
    return declared


async def declare_exchange(connection: BrokerConnection, name: str) -> None:
    """Have an exchange that gives all that it gets to every queue bound to it."""
    with needing(exchange="configure"):
        _, refusal = await _there(
            connection,
            lambda channel: channel.declare_exchange(
                name, aio_pika.ExchangeType.FANOUT, durable=True
            ),
            lambda channel: channel.declare_exchange(name, passive=True),
        )
    if isinstance(refusal, ChannelPreconditionFailed):
        log.warning("an exchange is used as it is", exchange=name, said=str(refusal))


async def require_publishing(connection: BrokerConnection, *exchanges: str) -> None:
    """Raise BrokerRefusedError where nothing may be published to one of these exchanges.

    Messages are published in a transaction that is rolled back: the broker asks for the right as it
    takes one, and no message comes of it.
    """
    with needing(exchange="write"):
        async with connection.aside() as channel:
            beneath = await channel.get_underlay_channel()
            await beneath.tx_select()
            try:
                for exchange in exchanges:
                    await beneath.basic_publish(b"", exchange=exchange)
                await beneath.tx_rollback()
            except ChannelInvalidStateError:
                await beneath.closing  # a refusal that came before the next step: it is raised here
                raise


async def _there(
    connection: BrokerConnection,
    declared: Callable[[AbstractChannel], Awaitable[T]],
    found: Callable[[AbstractChannel], Awaitable[T]],
) -> tuple[T, ChannelClosed | None]:
    """Return what is declared; or what is found in its place, and why it could not be."""
    try:
        async with connection.aside() as channel:
            return await declared(channel), None
    except (ChannelAccessRefused, ChannelPreconditionFailed) as error:
        refusal = error
    try:
        async with connection.aside() as channel:
            return await found(channel), refusal
    except ChannelNotFoundEntity:
        raise refusal from None
