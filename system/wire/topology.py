"""The exchanges, queues and names on the broker: pure data."""

from dataclasses import dataclass
from uuid import uuid4

WORK_QUEUE = "resolve"
DEAD_LETTER_EXCHANGE = "rpc.dlx"
DEAD_LETTER_QUEUE = "rpc.dead"
REPLY_QUEUE_PREFIX = "rpc.reply."

# Long enough to outlive any outage worth waiting for, short enough that a renamed queue goes away.
UNUSED_EXPIRES_MS = 30 * 60 * 1000


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
    arguments={"x-expires": UNUSED_EXPIRES_MS, "x-dead-letter-exchange": DEAD_LETTER_EXCHANGE},
)
DEAD = Queue(
    name=DEAD_LETTER_QUEUE,
    durable=True,
    exclusive=False,
    # What nobody looks at must not fill the disk: the newest 10,000 are kept for a day.
    arguments={"x-max-length": 10_000, "x-message-ttl": 24 * 60 * 60 * 1000},
)


def reply_queue() -> Queue:
    """Return a callback queue of one caller's own.

    The name is ours, not the broker's, so that a recovered connection can declare it again.
    """
    return Queue(
        name=f"{REPLY_QUEUE_PREFIX}{uuid4().hex}", durable=False, exclusive=True, arguments={}
    )


# A resolver answers this path itself, which proves to the gateway that one is there.
READY_PATH = "/-/ready"
