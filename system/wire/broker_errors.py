"""What trouble with the broker looks like here, and as what it leaves this place."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager

from aiormq.exceptions import AMQPError, ChannelAccessRefused

from system.wire.rpc_errors import AccessRefusedError, NotRunError

# What aio-pika and aiormq raise when the connection or a channel of it is gone.
BROKEN = (AMQPError, ConnectionError, RuntimeError, OSError)

# "access to queue 'resolve' in vhost 'gateway' refused"; newer brokers say the right first.
_DENIED = re.compile(r"(?P<right>configure|write|read)? ?access to (?P<kind>\w+) '(?P<name>[^']*)'")


class LinkLostError(ConnectionError):
    """The connection to the broker is gone."""


class BrokerRefusedError(ConnectionError):
    """The broker refuses what an end cannot do without; `fault` is what callers are told."""

    def __init__(self, fault: NotRunError) -> None:
        super().__init__(str(fault))
        self.fault = fault


@contextmanager
def as_link_lost(what: str) -> Iterator[None]:
    """Raise LinkLostError where a dead connection shows as a cancellation that nobody asked for.

    aiormq ends whatever waits for a lost connection with CancelledError, which would slip past
    `except Exception` and pass for the caller's own end.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task and task.cancelling():
            raise
        raise LinkLostError(what) from error


@contextmanager
def needing(**rights: str) -> Iterator[None]:
    """Raise BrokerRefusedError, naming the missing right, where the broker refuses access inside.

    `rights` says which is needed on what kind of thing, as older brokers name the thing alone:
    `needing(queue="write", exchange="read")`.
    """
    try:
        yield
    except ChannelAccessRefused as error:
        raise BrokerRefusedError(AccessRefusedError(_missing(str(error), rights))) from error


def _missing(said: str, rights: dict[str, str]) -> str:
    denied = _DENIED.search(said)
    if denied is None:
        return f"The broker refuses access: {said}."
    right = denied["right"] or rights.get(denied["kind"], "access")
    return (
        f"The broker's user lacks the right {right} on {denied['kind']} '{denied['name']}';"
        " once it is granted, calls are served."
    )
