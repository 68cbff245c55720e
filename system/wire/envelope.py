r"""The messages on the queue: a JSON head, a newline, and the body's bytes as they are.

    b'{"v":1,"method":"POST","path":"/clients","query":"", ... }\n{"surname": "John", ...}'

Nothing is parsed on the way: path and query are the raw bytes of the request line (Latin-1, as
HTTP has it), headers are pairs in order, the body is whatever the client sent. Nothing is pickled.
What is no HTTP is no envelope either: a line break in a header would be a request of its own.
"""

import re
import time
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from system.boot import BOOT
from system.clocks import Clocks
from system.wire.call_timings import ResolverTimings
from system.wire.rpc_errors import BadEnvelopeError, HeadTooLargeError, RequestTooLargeError

VERSION: Final = 1
CONTENT_TYPE = "application/vnd.gateway-rpc.v1"

Method = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}\Z")]
# No path, no query and no header's value is longer.
MAX_CHARACTERS: Final = 65_536
RawPath = Annotated[str, Meta(pattern=r'^/[!-"$->@-~\x80-\xff]*\Z', max_length=MAX_CHARACTERS)]
RawQuery = Annotated[str, Meta(pattern=r'^[!-"$-~\x80-\xff]*\Z', max_length=MAX_CHARACTERS)]
HeaderName = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}\Z")]
HeaderValue = Annotated[str, Meta(pattern=r"^[\t -~\x80-\xff]*\Z", max_length=MAX_CHARACTERS)]
Headers = tuple[tuple[HeaderName, HeaderValue], ...]
RequestId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,128}\Z")]
# They become part of a header of the answer to the client.
HopName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}\Z")]
# They become a header of the request to the service.
BootId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}\Z")]
Moment = Annotated[float, Meta(ge=0, le=1e11)]


class Deadline(Struct, frozen=True, kw_only=True):
    """A moment: on the monotonic clock of one boot of one machine, and on the wall clock.

    The monotonic value counts where both ends show the same boot id. Elsewhere `left_s` does, the
    time that was left when it was named: who takes it adds that to when it was sent, by what he has
    learned of the sender's clock. Where it is not said the wall clock counts, whose error is the
    clocks' skew.
    """

    boot: BootId
    monotonic_s: Moment
    wall_s: Moment
    left_s: Moment | None = None

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the moment `seconds` from now."""
        return cls(
            boot=BOOT,
            monotonic_s=time.monotonic() + seconds,
            wall_s=time.time() + seconds,
            left_s=max(0.0, seconds),
        )

    def remaining_s(self) -> float:
        """Return the seconds left; negative once it has passed."""
        if self.boot == BOOT:
            return self.monotonic_s - time.monotonic()
        return self.wall_s - time.time()

    def on_clocks(self, clocks: Clocks) -> "Deadline":
        """Return it as a moment of this boot, for what has just come."""
        if self.boot == BOOT:
            return self
        if self.left_s is None:
            return Deadline.after(self.remaining_s())
        sent_s = self.monotonic_s - self.left_s
        due_s = clocks.due_s(self.boot, sent_s=sent_s, left_s=self.left_s)
        return Deadline.after(due_s - time.monotonic())

    def header(self) -> str:
        """Return it as the value of the X-Deadline header, for whoever the call is passed on to."""
        left_s = max(0.0, self.remaining_s())
        return (
            f"boot={self.boot}; monotonic={self.monotonic_s:.6f}; wall={self.wall_s:.6f};"
            f" left={left_s:.6f}"
        )


class RequestHead(Struct, frozen=True, kw_only=True):
    """What the resolver needs to repeat the client's request."""

    v: Literal[1] = VERSION
    method: Method
    path: RawPath
    query: RawQuery = ""
    headers: Headers = ()
    deadline: Deadline
    request_id: RequestId


class ReplyHead(Struct, frozen=True, kw_only=True):
    """The service's answer, or the fault in its place, and where the time went.

    `stay` is when the resolver held the call, `hops_ms` how long what lies behind it took; neither
    is there where the resolver's telemetry is off.
    """

    v: Literal[1] = VERSION
    status: Annotated[int, Meta(ge=100, le=599)] = 200
    headers: Headers = ()
    fault: str | None = None
    detail: str = ""
    retry_after_s: Annotated[float, Meta(ge=0, le=86_400)] | None = None
    hops_ms: dict[HopName, float] = {}
    stay: ResolverTimings | None = None


class RpcRequest(Struct, frozen=True):
    """A call on its way to a service."""

    head: RequestHead
    body: bytes = b""

    def on_clocks(self, clocks: Clocks) -> "RpcRequest":
        """Return it with its deadline as a moment of this boot, as it has just come."""
        if self.head.deadline.boot == BOOT:
            return self
        deadline = self.head.deadline.on_clocks(clocks)
        return RpcRequest(msgspec.structs.replace(self.head, deadline=deadline), self.body)


class RpcReply(Struct, frozen=True):
    """An answer on its way back."""

    head: ReplyHead
    body: bytes = b""


HeadT = TypeVar("HeadT", RequestHead, ReplyHead)

_encode = msgspec.json.Encoder().encode
# Heads as they are encoded, with no text but such as decoding takes for sure: nothing is escaped.
# Nearly every head is one, and to see that takes a seventh of the time that decoding takes.
_SECONDS: Final = rb"[0-9]{1,10}(?:\.[0-9]{1,20}+)?+"
_PLAIN: Final = re.compile(
    rb'\{"v":1,"method":"[A-Z]{1,32}+","path":"/[!$->@-\[\]-~]*+","query":"[!$-\[\]-~]*+"'
    rb',"headers":\[(?:\["[0-9A-Za-z-]{1,256}+","[ !#-\[\]-~]*+"\],?+)*+\]'
    rb',"deadline":\{"boot":"[0-9A-Za-z-]{1,64}+","monotonic_s":%b,"wall_s":%b,"left_s":%b\}'
    rb',"request_id":"[0-9A-Za-z._-]{1,128}+"\}\n' % ((_SECONDS,) * 3)
)
_request_decoder = msgspec.json.Decoder(RequestHead)
_reply_decoder = msgspec.json.Decoder(ReplyHead)


def encode(message: RpcRequest | RpcReply) -> bytes:
    """Return the message's bytes."""
    return b"%b\n%b" % (_encode(message.head), message.body)


def encode_request(request: RpcRequest, *, max_bytes: int) -> bytes:
    """Return the message's bytes, which the other end takes; raise what is the matter if not.

    HeadTooLargeError or RequestTooLargeError say what is too long of it, BadEnvelopeError that it
    is no HTTP.
    """
    message = encode(request)
    if len(message) > max_bytes:
        raise RequestTooLargeError if 2 * len(request.body) > len(message) else HeadTooLargeError
    if not _is_plain(message):
        try:
            decode_request(message)
        except BadEnvelopeError as error:
            raise HeadTooLargeError if _is_long(request.head) else error from error
    return message


def _is_plain(message: bytes) -> bool:
    # No text of a head that is no longer than one may be is too long.
    return _PLAIN.match(message, 0, MAX_CHARACTERS) is not None


def _is_long(head: RequestHead) -> bool:
    parts = (head.path, head.query, *(part for header in head.headers for part in header))
    return any(len(part) > MAX_CHARACTERS for part in parts)


def decode_request(raw: bytes) -> RpcRequest:
    """Return the request in `raw`; raise BadEnvelopeError."""
    return RpcRequest(*_decode(raw, _request_decoder))


def decode_reply(raw: bytes) -> RpcReply:
    """Return the reply in `raw`; raise BadEnvelopeError."""
    return RpcReply(*_decode(raw, _reply_decoder))


def _decode(raw: bytes, decoder: "msgspec.json.Decoder[HeadT]") -> tuple[HeadT, bytes]:
    head, newline, body = raw.partition(b"\n")
    if not newline:
        raise BadEnvelopeError("The message has no line that ends its head.")
    try:
        return decoder.decode(head), body
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadEnvelopeError(f"The message's head is not usable: {error}.") from error
