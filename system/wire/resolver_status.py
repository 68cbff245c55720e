"""What a resolver says of itself to whoever asks whether one is there: what it rests, and drops.

Each resolver has breakers and counts of its own, so one answer tells of one resolver; the queue
gives the next question to the next of them.
"""

from typing import Final

import msgspec
from msgspec import Struct

from system.wire.envelope import ReplyHead, RpcReply
from system.wire.rpc_errors import UpstreamBadError

# A resolver answers this path itself, and asks no service.
READY_PATH: Final = "/-/ready"
_JSON: Final = (("Content-Type", "application/json"),)


class ResolverStatus(Struct, frozen=True, kw_only=True):
    """What one resolver tells.

    `breakers` is the state of each service's: closed, open or half-open. `late` is how many calls
    of other machines were late when they came, and not run.
    """

    breakers: dict[str, str] = {}
    late: int = 0

    def reply(self) -> RpcReply:
        """Return it as the answer to READY_PATH."""
        return RpcReply(ReplyHead(status=200, headers=_JSON), msgspec.json.encode(self))


def standing_in(reply: RpcReply) -> ResolverStatus:
    """Return what a reply to READY_PATH says; raise UpstreamBadError where that is not readable."""
    if not reply.body:
        return ResolverStatus()  # a resolver that says no more than that it is there
    try:
        return msgspec.json.decode(reply.body, type=ResolverStatus)
    except msgspec.DecodeError as error:
        raise UpstreamBadError("The resolver says of itself what cannot be read.") from error
