"""Declares exchanges and queues as the topology has them: everybody does so in the one way."""

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractQueue

from system.wire import topology


async def declare(channel: AbstractChannel, queue: topology.Queue) -> AbstractQueue:
    """Declare a queue, and return it with the number of its consumers."""
    return await channel.declare_queue(
        queue.name,
        durable=queue.durable,
        exclusive=queue.exclusive,
        auto_delete=False,
        arguments=dict(queue.arguments),
    )


async def declare_work(channel: AbstractChannel) -> AbstractQueue:
    """Declare the work queue with its dead letters."""
    exchange = await channel.declare_exchange(
        topology.DEAD_LETTER_EXCHANGE, aio_pika.ExchangeType.FANOUT, durable=True
    )
    dead = await declare(channel, topology.DEAD)
    await dead.bind(exchange)
    return await declare(channel, topology.WORK)


async def declare_withdrawals(channel: AbstractChannel, queue: topology.Queue) -> AbstractQueue:
    """Declare a resolver's queue of withdrawn calls, of which every resolver hears."""
    exchange = await channel.declare_exchange(
        topology.WITHDRAWAL_EXCHANGE, aio_pika.ExchangeType.FANOUT, durable=True
    )
    declared = await declare(channel, queue)
    await declared.bind(exchange)
    return declared
