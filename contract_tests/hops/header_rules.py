"""Which headers of two answers to one request must agree, and in what.

    promised      [contract] response_headers: equal
    of a body     Content-Range, -Language, -Disposition: equal; Content-Location and Link: equal
                  but for the hosts in them
    Set-Cookie    as a list: cookies of the same names in order, each with what keeps it safe
    any other     that the service answers with: there
    one value     Date, Server and others that a message has once (RFC 9110, 5.3): not told twice

Left out are what belongs to one connection (RFC 9110, 7.6.1), what each server says of itself or of
its framing, and what the stack file calls volatile or dropped. A refusal (from 400 on) may be the
gateway's own: of it the promised ones alone count. Content-Encoding is compared by parity, beside
the body that it packs.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from testcontainers_fixtures.http_client.header_values import SET_COOKIE, cookies
from testcontainers_fixtures.stack_spec import Contract

CODING: Final = "content-encoding"
LEFT_OUT: Final = frozenset(
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
        CODING,
        "content-length",
        "date",
        "server",
    }
)
# Of these a message has one (RFC 9110, 5.3 and 5.5), whatever they say.
ONCE: Final = frozenset(
    {
        "age",
        "content-length",
        "content-type",
        "date",
        "etag",
        "expires",
        "last-modified",
        "location",
        "retry-after",
        "server",
    }
)
DATES: Final = frozenset({"date", "expires", "last-modified"})
_HOST: Final = re.compile(r"https?://[^/\s<>\"]+")
# What of a cookie is no matter of taste (RFC 6265bis, 4.1.2): a gateway may add some.
_KEPT: Final = frozenset({"httponly", "secure", "samesite", "partitioned"})

Unlike = tuple[str, str | None, str | None]


def unlike(
    gateway: Mapping[str, str], twin: Mapping[str, str], promises: Contract, *, served: bool
) -> Iterator[Unlike]:
    """Yield name and both values of each header that differs; names are in lower case.

    `served` tells that both sides answered alike, and with no refusal.
    """
    promised = dict.fromkeys(_lower(promises.response_headers))
    volatile = {*_lower(promises.volatile_headers)}
    for name in promised:
        if name not in volatile and gateway.get(name) != twin.get(name):
            yield name, gateway.get(name), twin.get(name)
    left = LEFT_OUT | volatile | {*_lower(promises.dropped_headers)} | _of_the_connection(twin)
    # Both sides are joined with commas. A date has one of its own, whatever day it says.
    for name in sorted((ONCE & gateway.keys() & twin.keys()) - (volatile - DATES)):
        if name not in promised and gateway[name].count(", ") > twin[name].count(", "):
            yield name, gateway[name], twin[name]
    for name in twin if served else ():
        if name not in promised and name not in left and _differ(name, gateway.get(name), twin):
            yield name, _told(name, gateway.get(name)), _told(name, twin[name])


def _differ(name: str, seen: str | None, twin: Mapping[str, str]) -> bool:
    if seen is None or name == SET_COOKIE:
        return seen is None or _cookies_differ(seen, twin[name])
    form = _FORMS.get(name, _there)
    return form(seen) != form(twin[name])


def _cookies_differ(seen: str, twin: str) -> bool:
    ours, theirs = (list(map(_cookie, cookies(one))) for one in (seen, twin))
    if [name for name, _ in ours] != [name for name, _ in theirs]:
        return True
    return any(due - kept for (_, kept), (_, due) in zip(ours, theirs, strict=True))


def _told(name: str, value: str | None) -> str | None:
    """Return a header's value as it is told: of cookies, which may be long, what is compared."""
    if name != SET_COOKIE or value is None:
        return value
    known = map(_cookie, cookies(value))
    return ", ".join(" ".join((of, *(f"({one})" for one in sorted(kept)))) for of, kept in known)


def _cookie(value: str) -> tuple[str, frozenset[str]]:
    """Return a cookie's name, and what it says of whom it is sent to."""
    pair, *rest = value.split(";")
    said = ("".join(one.split()).lower() for one in rest)
    return pair.partition("=")[0].strip(), frozenset(
        one for one in said if one.partition("=")[0] in _KEPT
    )


def _there(_: str) -> None:
    """Return what is alike in all values: in any, the header is there."""


def _placeless(value: str) -> str:
    return _HOST.sub("", value)


# In what a header must agree; where nothing is said, in being there.
_FORMS: Final[dict[str, Callable[[str], object]]] = {
    "content-disposition": str,
    "content-language": str,
    "content-location": _placeless,
    "content-range": str,
    "link": _placeless,
}


def _of_the_connection(headers: Mapping[str, str]) -> set[str]:
    return {option.strip().lower() for option in headers.get("connection", "").split(",")}


def _lower(names: Iterable[str]) -> Iterator[str]:
    return (name.lower() for name in names)
