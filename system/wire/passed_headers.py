"""Which headers pass between client and service, after RFC 9110.

    to a service      those of REQUEST_HEADERS: what it is asked for and what its body is. Services
                      trust what reaches them, so that anything else is left behind: who a caller is
                      or came through (X-Forwarded-*, X-User-*, ...) is not for the caller to say.
    to a client       all that the service says (section 7.6: what is not known is forwarded), each
                      as often and in the order in which it said it, but for

        HOP_BY_HOP    what is about one connection, and what its Connection header names (7.6.1)
        OWN           what the gateway says itself: Date, Server, Server-Timing, X-Request-Id, and
                      the Content-Length of the body that it sends. Of an answer to HEAD, which has
                      none, the service's Content-Length passes
        ELSEWHERE     Alt-Svc, which names a place for another origin than the client has asked

What belongs to a body (Content-Encoding, -Range, -Disposition, -Language, -Location, digests, ETag,
Last-Modified, Vary, ...) thus comes with it, in both directions, and so do cookies. No body is ever
decoded, and the gateway's schemas are held against a request's as it stands.

`traceparent` and `tracestate` are forwarded as they came, malformed ones included, and none is
made up: gateway and resolver record no spans, so they forward a trace and take no part in it (W3C
Trace Context, section 2.3). What joins their logs to a call is the request id.
"""

from collections.abc import Iterable
from typing import Final

from system.wire.envelope import Headers

REQUEST_HEADERS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "authorization",
        "cache-control",
        "content-digest",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-location",
        "content-type",
        "cookie",
        "digest",
        "idempotency-key",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "prefer",
        "range",
        "repr-digest",
        "traceparent",
        "tracestate",
        "want-content-digest",
        "want-digest",
        "want-repr-digest",
    }
)
HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
CONTENT_LENGTH: Final = "content-length"
OWN: Final = frozenset({CONTENT_LENGTH, "date", "server", "server-timing", "x-request-id"})
ELSEWHERE: Final = frozenset({"alt-svc"})
LEFT_BEHIND: Final = HOP_BY_HOP | OWN | ELSEWHERE
_LEFT_OF_HEAD: Final = LEFT_BEHIND - {CONTENT_LENGTH}


def passing(pairs: Iterable[tuple[str, str]], allowed: frozenset[str]) -> Headers:
    """Return the pairs that may pass to a service, in order, repeated ones included."""
    return _passed(pairs, allowed, kept=True)


def answered(pairs: Iterable[tuple[str, str]], *, method: str) -> Headers:
    """Return the pairs of a service's answer that pass to the client, as `passing` does."""
    return _passed(pairs, _LEFT_OF_HEAD if method == "HEAD" else LEFT_BEHIND, kept=False)


def _passed(pairs: Iterable[tuple[str, str]], names: frozenset[str], *, kept: bool) -> Headers:
    """Return those whose name is among `names`, or not among them, but for the hop's own."""
    found, options = [], []
    for pair in pairs:
        name = pair[0].lower()
        if (name in names) is kept:
            found.append(pair)
        elif name == "connection":
            options.append(pair[1])
    return _but_named(options, found) if options else tuple(found)


def _but_named(options: list[str], pairs: list[tuple[str, str]]) -> Headers:
    """Return what no Connection header names."""
    named = {option.strip().lower() for value in options for option in value.split(",")}
    return tuple([pair for pair in pairs if pair[0].lower() not in named])
