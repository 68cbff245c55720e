"""Which headers pass between client and service; the hop-by-hop ones never do.

`traceparent` and `tracestate` are forwarded as they came, malformed ones included, and none is
made up: gateway and resolver record no spans, so they forward a trace and take no part in it (W3C
Trace Context, section 2.3). What joins their logs to a call is the request id.
"""

from collections.abc import Iterable

from system.wire.envelope import Headers

REQUEST_HEADERS = frozenset(
    {
        "accept",
        "accept-language",
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "traceparent",
        "tracestate",
    }
)
RESPONSE_HEADERS = frozenset(
    {
        "cache-control",
        "content-language",
        "content-type",
        "etag",
        "last-modified",
        "location",
        "retry-after",
        "vary",
        "www-authenticate",
        "x-served-by",
    }
)


def passing(pairs: Iterable[tuple[str, str]], allowed: frozenset[str]) -> Headers:
    """Return the pairs that may pass, in order, repeated ones included."""
    return tuple((name, value) for name, value in pairs if name.lower() in allowed)
