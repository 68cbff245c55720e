"""A resolver says which services it rests, and whoever asked reads just that."""

import pytest

from system.rpc.circuit_breaker import Breaker
from system.rpc.connection_pool import PoolSettings
from system.rpc.resolver import Resolver
from system.wire.envelope import Deadline, ReplyHead, RequestHead, RpcReply, RpcRequest
from system.wire.resolver_status import READY_PATH, ResolverStatus, standing_in
from system.wire.rpc_errors import UpstreamBadError, UpstreamRefusedError


async def test_a_resolver_tells_the_state_of_each_breaker_and_asks_no_service() -> None:
    breakers = {
        name: Breaker(name, failures=1, rest_s=60.0, patience_s=1.0)
        for name in ("clients", "goods")
    }
    resolver = Resolver(
        dict.fromkeys(breakers, "http://127.0.0.1:1"),
        connections=0,
        connect_timeout_s=1.0,
        lanes=PoolSettings(keepalive_s=1.0),
        telemetry=False,
        breakers=breakers,
    )
    with pytest.raises(UpstreamRefusedError), breakers["goods"].call():
        raise UpstreamRefusedError
    head = RequestHead(
        method="GET", path=READY_PATH, deadline=Deadline.after(1), request_id="ready"
    )
    reply = await resolver.resolve(RpcRequest(head))

    assert reply.head.status == 200
    assert standing_in(reply).breakers == {"clients": "closed", "goods": "open"}


def test_what_is_said_is_read_again() -> None:
    standing = ResolverStatus(breakers={"clients": "half-open"})

    assert standing_in(standing.reply()) == standing


def test_a_resolver_may_say_no_more_than_that_it_is_there() -> None:
    assert standing_in(RpcReply(ReplyHead(status=204))) == ResolverStatus()


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"breakers": 1}', b'{"breakers": {"a": 1}}'])
def test_what_cannot_be_read_is_a_fault_and_no_crash(body: bytes) -> None:
    with pytest.raises(UpstreamBadError):
        standing_in(RpcReply(ReplyHead(), body))
