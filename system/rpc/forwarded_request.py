"""What of a request is sent on to a service: its target, its headers, and the deadline."""

import string
from urllib.parse import quote

import msgspec

from system.wire import passed_headers
from system.wire.envelope import Headers, RequestHead, RpcRequest

DEADLINE = "X-Deadline"

# The gateway has sorted them already; not everybody who may publish is our gateway.
PASSING = passed_headers.REQUEST_HEADERS | {"x-request-id"}


def forwarded(request: RpcRequest) -> RpcRequest:
    """Return the request as the service gets it: no header of the way, and our own deadline."""
    passing = passed_headers.passing(request.head.headers, PASSING)
    kept = tuple((name, value if value.isascii() else _as_sent(value)) for name, value in passing)
    return RpcRequest(
        msgspec.structs.replace(request.head, headers=_due(request, kept)), request.body
    )


def target(head: RequestHead) -> str:
    """Return path and query as one, in ASCII.

    A byte that is none may not stand in a target (RFC 9112, 3.2), and the HTTP client would write
    it as two. Our gateway takes no such request, but not everybody who may publish is our gateway.
    """
    sent = f"{head.path}?{head.query}" if head.query else head.path
    return sent if sent.isascii() else quote(sent, safe=string.punctuation, encoding="latin-1")


def _due(request: RpcRequest, kept: Headers) -> Headers:
    return (*kept, (DEADLINE, request.head.deadline.header()))


def _as_sent(value: str) -> str:
    """Return a value that the HTTP client's UTF-8 turns into the bytes that came, if any does."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value
