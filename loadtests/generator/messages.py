"""What master and workers of a generator of several processes say to each other."""

from typing import Final

import msgspec
from msgspec import Struct

from loadtests.generator.assignment import Assignment
from loadtests.generator.merged_results import PartialResult
from loadtests.generator.warm_up import WindowSample

# The types of the two messages on locust's channel.
ORDER: Final = "loadtests-order"
REPLY: Final = "loadtests-reply"


class Begin(Struct, frozen=True, kw_only=True, tag="begin"):
    """The plan, and which of how many parts of it is yours."""

    plan: bytes
    part: int
    parts: int = 1


class Open(Struct, frozen=True, kw_only=True, tag="open"):
    """See that so many connections stand."""

    connections: int


class DrivePhase(Struct, frozen=True, kw_only=True, tag="drive"):
    """Drive your part of a phase."""

    assignment: Assignment


class Enough(Struct, frozen=True, kw_only=True, tag="enough"):
    """End the phase that is under way."""


class ClearUp(Struct, frozen=True, kw_only=True, tag="clear-up"):
    """Leave no row behind."""

    within_s: float


class Close(Struct, frozen=True, kw_only=True, tag="close"):
    """Close the connections."""


class Done(Struct, frozen=True, kw_only=True, tag="done"):
    """An order was carried out; of a phase comes a share."""

    share: PartialResult | None = None


class WindowSeen(Struct, frozen=True, kw_only=True, tag="seen"):
    """What was seen in a window of the phase under way."""

    pulse: WindowSample


class Lost(Struct, frozen=True, kw_only=True, tag="lost"):
    """An order could not be carried out; one sentence."""

    reason: str


Order = Begin | Open | DrivePhase | Enough | ClearUp | Close
Reply = Done | WindowSeen | Lost
_ORDERS: Final[msgspec.msgpack.Decoder[Order]] = msgspec.msgpack.Decoder(Order)
_REPLIES: Final[msgspec.msgpack.Decoder[Reply]] = msgspec.msgpack.Decoder(Reply)


def packed(content: Order | Reply) -> bytes:
    """Return an order or a reply as bytes."""
    return msgspec.msgpack.encode(content)


def order_in(data: bytes) -> Order:
    """Return the order in a message."""
    return _ORDERS.decode(data)


def reply_in(data: bytes) -> Reply:
    """Return the reply in a message."""
    return _REPLIES.decode(data)
