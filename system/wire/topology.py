"""The exchanges, queues and names on the broker: pure data.

The work queue is a classic one, so resolvers count themselves how often a call was delivered. A
quorum queue would count for them (`x-delivery-limit`), and what it gives up it hands to the dead
letters as it came, credentials and all, or drops without a word to its caller. Of a single node it
takes a third of the hop's rate (16 in flight: 1,548 calls/s and p50 8.8 ms against 1,031 and 14.7;
one in flight: p50 0.87 ms against 1.47; medians of 6 interleaved rounds, RabbitMQ 3.10.8, two
cores). One that operations have declared so is served all the same.
"""

from dataclasses import dataclass
from uuid import uuid4

WORK_QUEUE = "resolve"
DEAD_LETTER_EXCHANGE = "rpc.dlx"
DEAD_LETTER_QUEUE = "rpc.dead"
REPLY_QUEUE_PREFIX = "rpc.reply."
WITHDRAWAL_EXCHANGE = "rpc.withdrawn"
WITHDRAWAL_QUEUE_PREFIX = "rpc.withdrawn."

# Long enough to outlive any outage worth waiting for, short enough that a renamed queue goes away.
UNUSED_EXPIRES_MS = 30 * 60 * 1000
# The longest message that either end takes, a head included; what HTTP lets in is shorter.
MAX_MESSAGE_BYTES = 2 * 1024 * 1024
# Of what a dead letter looked like so much is kept.
MAX_LETTER_BYTES = 64 * 1024
# A call that ends whoever runs it must not go round for ever.
MAX_DELIVERIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How a queue is declared: by everyone who touches it in the same way."""

    name: str
    durable: bool
    exclusive: bool
    arguments: dict[str, str | int]


WORK = Queue(
    name=WORK_QUEUE,
    durable=True,
    exclusive=False,
    arguments={
        "x-expires": UNUSED_EXPIRES_MS,
        # No dead-letter exchange: a call that expires would lie there with its credentials.
        # Full is told to the publisher (a nack), who says 503 instead of letting the queue grow.
        "x-max-length": 10_000,
        "x-max-length-bytes": 256 * 1024 * 1024,
        "x-overflow": "reject-publish",
    },
)
DEAD = Queue(
    name=DEAD_LETTER_QUEUE,
    durable=True,
    exclusive=False,
    # What nobody looks at must not fill the disk: the newest are kept, for a day.
    arguments={
        "x-max-length": 10_000,
        "x-max-length-bytes": 64 * 1024 * 1024,
        "x-message-ttl": 24 * 60 * 60 * 1000,
    },
)


def reply_queue() -> Queue:
    """Return a callback queue of one caller's own.

    The name is ours, not the broker's, so that a recovered connection can declare it again.
    """
    return _own(REPLY_QUEUE_PREFIX, {})


def withdrawal_queue() -> Queue:
    """Return the queue on which one resolver hears of calls that nobody waits for any more."""
    # The oldest go first: what is not heard of is run, as if it had not been withdrawn.
    return _own(WITHDRAWAL_QUEUE_PREFIX, {"x-max-length": 10_000})


def _own(prefix: str, arguments: dict[str, str | int]) -> Queue:
    # Exclusive ones are the transient queues that brokers from 4.3 on still allow.
    return Queue(name=f"{prefix}{uuid4().hex}", durable=False, exclusive=True, arguments=arguments)
