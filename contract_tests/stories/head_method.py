"""HEAD is answered as GET is, without a body (RFC 9110, 9.3.2), by a gateway that knows it.

One that does not know it, though its service does, is told by parity.
"""

from collections.abc import Iterator
from typing import Final

from contract_tests.hops import header_rules
from contract_tests.hops.http_methods import METHOD_NOT_ALLOWED
from contract_tests.hops.paired_client import PairedExchange, SentRequest
from contract_tests.hops.parity import ObservedResponse
from contract_tests.stories.broken_promises import BrokenPromise
from contract_tests.stories.lifecycle import LifecycleChecks

PROMISE: Final = "answers HEAD as GET without a body"
LENGTH: Final = "content-length"
_NOT_IMPLEMENTED: Final = 501
_UNKNOWN: Final = frozenset({METHOD_NOT_ALLOWED, _NOT_IMPLEMENTED})


def unlike_get(teller: LifecycleChecks, target: str) -> Iterator[BrokenPromise]:
    """Yield in what the gateway's answer to HEAD is another than that to GET."""
    head = SentRequest(method="HEAD", target=target)
    if not teller.sides.tried(head):
        return
    got = teller.sides.ask(SentRequest(method="GET", target=target))
    told = teller.sides.ask(head)
    if told.gateway.status not in _UNKNOWN:
        for said in (*_heads(teller, got.gateway, told.gateway), *_lengths(teller, got, told)):
            yield teller.broken("promise", told, said, promise=PROMISE)


def _heads(teller: LifecycleChecks, got: ObservedResponse, told: ObservedResponse) -> Iterator[str]:
    if got.status != told.status:
        yield f"answered {told.status}, and GET {got.status}"
        return
    promises = teller.sides.promises
    for name, one, other in header_rules.unlike(told.headers, got.headers, promises, served=False):
        yield f"header {name} is {one}, and {other} in the answer to GET"


def _lengths(teller: LifecycleChecks, got: PairedExchange, told: PairedExchange) -> Iterator[str]:
    """Yield that the length told is no GET's; an answer may say none unless its service does."""
    seen, expected = (one.gateway.headers.get(LENGTH) for one in (told, got))
    of_twin = told.twin.headers.get(LENGTH) if told.twin else None
    if seen is None and of_twin is not None:
        yield f"no {LENGTH}, where the twin says {of_twin}"
    elif None not in {seen, expected} and seen != expected:
        again = teller.sides.ask(got.sent).gateway.headers.get(LENGTH)
        if again == expected:  # else it is of another length each time
            yield f"{LENGTH} {seen}, and {expected} in the answer to GET"
