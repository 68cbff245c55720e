"""The transports that are compared, what each promises, and its stack file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from reports.record.measurements import Transport
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

FOLDER: Final = Path(__file__).parent
ENDS: Final = "no caller hangs"
TOLD: Final = "told at once when nobody listens"
ONCE: Final = "no write runs twice when a resolver dies"
LATE: Final = "late work does not begin"
DATA: Final = "nothing but data on the queue"
PROMISES: Final = (ENDS, TOLD, ONCE, LATE, DATA)


def _transport(name: str, sentence: str, *kept: str) -> Transport:
    return Transport(
        name=name, sentence=sentence, keeps={promise: promise in kept for promise in PROMISES}
    )


# The one first to which the others are held.
TRANSPORTS: Final = (
    _transport(
        "ours",
        "The reference system: one connection and one exclusive reply queue a gateway worker, "
        "confirms, an absolute deadline that travels with the call; its gateway validates every "
        "request against its mirror as well, which the others' do not.",
        *PROMISES,
    ),
    _transport(
        "patterns",
        "aio-pika's patterns.RPC on one shared connection: it pickles both ways, and a call that "
        "was taken from the queue has no deadline.",
    ),
    _transport(
        "faststream",
        "FastStream's broker.request(): a lock lets one request at a time wait for its reply, and "
        "the caller's time-out does not reach the resolver.",
        ENDS,
        DATA,
    ),
    _transport(
        "original",
        "The published design: a connection, a channel and a reply queue for every call, no "
        "confirm and no deadline.",
        DATA,
    ),
    _transport(
        "direct",
        "No queue at all: the gateway asks the service over HTTP, with a time-out. What a queue "
        "gives beside these promises (resolvers that come and go, work shared among them) is not "
        "there.",
        ENDS,
        TOLD,
        ONCE,
        DATA,
    ),
)


def stacks() -> Mapping[str, StackSpec]:
    """Return each transport's stack, by its name, the reference first."""
    return {one.name: read_stack_file(FOLDER / f"{one.name}.toml") for one in TRANSPORTS}
