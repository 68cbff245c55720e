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


class WhoIsThere(Struct, frozen=True, kw_only=True, tag="who"):
    """Say who you are. This order and its answer stay readable for every other version."""

    version: str


class Refuse(Struct, frozen=True, kw_only=True, tag="refuse"):
    """You cannot take part; one sentence."""

    reason: str


class Dismiss(Struct, frozen=True, kw_only=True, tag="dismiss"):
    """The run is over."""


class Begin(Struct, frozen=True, kw_only=True, tag="begin"):
    """The plan, and which of how many parts of it is yours."""

    plan: bytes
    part: int
    parts: int = 1


class ReadClock(Struct, frozen=True, kw_only=True, tag="clock"):
    """Say what your clocks show."""

    number: int


class Prepare(Struct, frozen=True, kw_only=True, tag="prepare"):
    """Take your part of a phase, and see that its connections stand."""

    assignment: Assignment


class DrivePhase(Struct, frozen=True, kw_only=True, tag="drive"):
    """Drive what was prepared; it begins when your monotonic clock shows this."""

    begin_s: float


class Enough(Struct, frozen=True, kw_only=True, tag="enough"):
    """End the phase that is under way."""


class ClearUp(Struct, frozen=True, kw_only=True, tag="clear-up"):
    """Leave no row behind."""

    within_s: float


class Close(Struct, frozen=True, kw_only=True, tag="close"):
    """Close the connections."""


class IAmHere(Struct, frozen=True, kw_only=True, tag="here"):
    """Who a worker is: its version, its host's name, and which boot of which machine it runs on.

    `network` is the namespace whose loopback address is its own.
    """

    version: str
    name: str
    boot: str
    network: str = ""


class ClockRead(Struct, frozen=True, kw_only=True, tag="read"):
    """What a worker's clocks showed: `got_s` and `told_s` by the monotonic one, and the wall's."""

    number: int
    got_s: float
    told_s: float
    wall_s: float


class Done(Struct, frozen=True, kw_only=True, tag="done"):
    """An order was carried out; of a phase comes a share."""

    share: PartialResult | None = None


class WindowSeen(Struct, frozen=True, kw_only=True, tag="seen"):
    """What was seen in a window of the phase under way."""

    pulse: WindowSample


class Lost(Struct, frozen=True, kw_only=True, tag="lost"):
    """An order could not be carried out; one sentence."""

    reason: str


Order = (
    WhoIsThere
    | Refuse
    | Dismiss
    | Begin
    | ReadClock
    | Prepare
    | DrivePhase
    | Enough
    | ClearUp
    | Close
)
Reply = IAmHere | ClockRead | Done | WindowSeen | Lost
_ORDERS: Final[msgspec.msgpack.Decoder[Order]] = msgspec.msgpack.Decoder(Order)
_REPLIES: Final[msgspec.msgpack.Decoder[Reply]] = msgspec.msgpack.Decoder(Reply)


def packed(content: Order | Reply) -> bytes:
    """Return an order or a reply as bytes."""
    return msgspec.msgpack.encode(content)


def order_in(data: bytes) -> Order:
    """Return the order in a message; raise msgspec.DecodeError where there is none."""
    return _ORDERS.decode(data)


def reply_in(data: bytes) -> Reply:
    """Return the reply in a message; raise msgspec.DecodeError where there is none."""
    return _REPLIES.decode(data)
