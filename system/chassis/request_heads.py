"""What the head of a request may be: its size, its fields, its time, and whose it says it is.

    what is no HTTP/1 request                                400 bad_request
    no Host, several, or none that a host can have           400 bad_host         (RFC 9112, 3.2)
    not complete in time                                     408 too_slow
    a target longer than the parser takes apart              414 target_too_long
    too many bytes or fields, trailers among them            431 head_too_large
    another version than 1.0 or 1.1                          505 http_version

A refusal closes the connection: where the next request would begin is not known.
"""

import re
from functools import lru_cache
from typing import Final

from pydantic import Field

from system.chassis.connection_refusal import Fields, RefusedRequestError
from system.settings import Settings

# More than one field of the wire's own limit, 64 KiB, and what an ordinary client sends beside it.
MOST_BYTES: Final = 128 * 1024
# httptools takes no longer one apart (`http_parser_parse_url` counts in 16 bits).
MOST_TARGET_BYTES: Final = 65_535
# What is between the parts of a request line, and of a field.
_LINE_BYTES: Final = len("GET  HTTP/1.1\r\n")
_FIELD_BYTES: Final = len(": \r\n")
# RFC 3986, 3.2.2 and 3.2.3, without names for addresses of a future kind.
_HOST: Final = re.compile(
    rb"[ \t]*(?:[\w\-.~!$&'()*+,;=]*+(?:%[0-9A-Fa-f]{2}[\w\-.~!$&'()*+,;=]*+)*+"
    rb"|\[[0-9A-Fa-f:.]++\])(?::[0-9]*+)?[ \t]*"
)
_VERSIONS: Final = frozenset({"1.0", "1.1"})


class HeadBounds(Settings):
    """What one worker takes as a request's head, and how long it waits for one.

    A kept connection may idle for as long as Gunicorn's `--keep-alive` says.
    """

    most_bytes: int = Field(default=MOST_BYTES, ge=1024)
    most_fields: int = Field(default=100, ge=1)
    within_s: float = Field(default=10.0, gt=0, le=3600)
    first_byte_within_s: float = Field(default=30.0, gt=0, le=3600)


def no_request(said: str = "Expected an HTTP/1.1 request; this is none.") -> RefusedRequestError:
    """Return the refusal of bytes that are no request."""
    return RefusedRequestError(400, "bad_request", said)


def too_slow(within_s: float) -> RefusedRequestError:
    """Return the refusal of a head that did not come."""
    said = f"Expected the whole head of a request within {within_s:g} s; nothing was done."
    return RefusedRequestError(408, "too_slow", said)


def too_large(bounds: HeadBounds, target: bytes) -> RefusedRequestError:
    """Return the refusal of a head, of trailers or of what stands beside a body's chunks."""
    if len(target) > MOST_TARGET_BYTES:
        return _target_too_long()
    said = (
        f"Expected at most {bounds.most_bytes} bytes and {bounds.most_fields} fields beside the"
        " body, there are more; send fewer or shorter headers."
    )
    return RefusedRequestError(431, "head_too_large", said)


def check(version: str, target: bytes, fields: Fields) -> None:
    """Raise RefusedRequestError for a head, of whatever size, that no request can have."""
    if version not in _VERSIONS:
        said = f"Expected HTTP/1.1, this is HTTP/{version}."
        raise RefusedRequestError(505, "http_version", said)
    if len(target) > MOST_TARGET_BYTES:
        raise _target_too_long()
    hosts = [value for name, value in fields if name == b"host"]
    if len(hosts) != 1 and (hosts or version == "1.1"):
        said = f"Expected one Host header, there are {len(hosts)}."
        raise RefusedRequestError(400, "bad_host", said)
    if hosts and not _is_host(hosts[0]):
        said = "Expected a Host header with a host's name or address, and a port if need be."
        raise RefusedRequestError(400, "bad_host", said)


def announces_body(fields: Fields) -> bool:
    """Tell whether a body follows these fields."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0"))
        for name, value in fields
    )


def size(target: bytes, fields: Fields) -> int:
    """Return how many bytes a head of these has, but for spaces that count for nothing."""
    return _LINE_BYTES + len(target) + sum(len(n) + len(v) + _FIELD_BYTES for n, v in fields)


# Clients mostly say the same, and a pattern that is tried once a request costs 2 us.
@lru_cache(maxsize=16)
def _is_host(value: bytes) -> bool:
    return _HOST.fullmatch(value) is not None


def _target_too_long() -> RefusedRequestError:
    said = f"Expected a target of at most {MOST_TARGET_BYTES} bytes, this one is longer."
    return RefusedRequestError(414, "target_too_long", said)
