"""What trouble with the broker looks like here, and as what it leaves this place."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiormq.exceptions import AMQPError

# What aio-pika and aiormq raise when the connection or a channel of it is gone.
BROKEN = (AMQPError, ConnectionError, RuntimeError, OSError)


class LinkLost(ConnectionError):  # noqa: N818 -- it is a state of affairs, and reads like one
    """The connection to the broker is gone."""


@contextmanager
def as_link_lost(what: str) -> Iterator[None]:
    """Raise LinkLost where a connection that died shows as a cancellation that nobody asked for.

    aiormq ends whatever waits for a lost connection with CancelledError, which would slip past
    `except Exception` and pass for the caller's own end.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task and task.cancelling():
            raise
        raise LinkLost(what) from error
