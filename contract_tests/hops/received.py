"""Received equals sent: what reached a service is what the client sent to the gateway, once.

A tap before the service has the record. What is compared is what a gateway promises to pass on:
method, path and query as they stood in the request line (the path as the stack file says that it
is at the service), the headers named in the stack file, and the body's bytes with their content
type. What the gateway adds is not compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import schemathesis
from msgspec import Struct
from msgspec.structs import replace

from contract_tests.hops.hop_failure import HopFailure
from contract_tests.hops.http_methods import SAFE
from contract_tests.hops.path_map import AS_IT_IS, PathMap
from testcontainers_fixtures.stack_spec import Contract
from testcontainers_fixtures.taps.records import Arrival, TapReader

FIRST_REFUSAL: Final = 400
CONTENT_TYPE: Final = "content-type"
_SHOWN_CHARACTERS: Final = 300


class ObservedRequest(Struct, frozen=True, kw_only=True):
    """A request as its sender or its receiver has it; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Altered(Struct, frozen=True, kw_only=True):
    """One thing that did not arrive as it was sent: "path", "header accept", "arrivals", ..."""

    what: str
    sent: str
    received: str

    @property
    def sentence(self) -> str:
        """Return it in words."""
        return f"{self.what}: sent {self.sent}, received {self.received}"


class NotReceivedAsSent(HopFailure):
    """The service got another request than the client sent; each thing `found` is Altered."""


class Received:
    """Compares each request with what arrived; `look` after every call, a check when called."""

    __name__ = "received_as_sent"

    def __init__(self, tap: TapReader, promises: Contract, paths: PathMap = AS_IT_IS) -> None:
        self.paths = paths
        self.arrived: Sequence[Arrival] = ()
        self._tap = tap
        self._promises = promises

    def __repr__(self) -> str:
        """Show how many requests came of the last call."""
        return f"<Received {len(self.arrived)} of the last call>"

    def look(self) -> None:
        """Fetch what has arrived since the last look: with one caller, what its call led to."""
        self.arrived = without_retries(self._tap.arrivals())

    def __call__(
        self,
        context: object,  # noqa: ARG002 -- what schemathesis passes to a check
        response: schemathesis.Response,
        case: "schemathesis.Case[Any]",
    ) -> None:
        """Raise when what arrived is not what was sent."""
        about = (response.request, response.status_code, self.arrived, self._promises)
        found = altered(*about, self.paths)
        if _is_probed(case):
            self._tap.skip()  # the checks before this one asked again, with other credentials
        if found:
            title = "The service received another request than was sent"
            raise NotReceivedAsSent.told(case, title, found)


def without_retries(arrived: Sequence[Arrival]) -> list[Arrival]:
    """Leave out each safe request that was broken off without an answer and came again as it was.

    An HTTP client may do so by itself, where the connection that it kept is closed just then
    (RFC 9110, 9.2.2). What is still on its way was delivered, though another one answered first.
    """
    return [
        one
        for number, one in enumerate(arrived, start=1)
        if one.answer
        or not one.broken_off
        or one.method not in SAFE
        or not _again(one, arrived[number:])
    ]


def _again(one: Arrival, later: Sequence[Arrival]) -> bool:
    return any(other.request == one.request for other in later)


def altered(
    sent: requests.PreparedRequest,
    status: int,
    arrived: Sequence[Arrival],
    promises: Contract,
    paths: PathMap = AS_IT_IS,
) -> list[Altered]:
    """Return what did not arrive as it was sent; `status` is what the gateway answered.

    Nothing needs to arrive of a request that the gateway refuses: whether it may is for the twin to
    say.
    """
    if not arrived and status >= FIRST_REFUSAL:
        return []
    if len(arrived) != 1:
        times = f"{len(arrived)} times, answered {status}"
        return [Altered(what="arrivals", sent="once", received=times)]
    [one] = arrived
    return list(differences(at_service(request_of(sent), paths), arrival_of(one), one, promises))


def at_service(sent: ObservedRequest, paths: PathMap) -> ObservedRequest:
    """Return a request to the gateway as its service is to get it."""
    return replace(sent, path=paths.to_service(sent.path)) if paths.rule else sent


def differences(
    sent: ObservedRequest, received: ObservedRequest, arrival: Arrival, promises: Contract
) -> Iterator[Altered]:
    """Yield what of a request that arrived once is not as it was sent.

    A hop may give a request a header that the stack file calls volatile, such as an id, where the
    client sent none; one that the client did send passes as it is.
    """
    for what in ("method", "path", "query"):
        yield from _unlike(what, getattr(sent, what), getattr(received, what))
    made_up = {name.lower() for name in promises.volatile_headers} - set(sent.headers)
    # What stands for a secret is shown in its place, so the two cannot be compared.
    unlike = made_up | {name.lower() for name in promises.credentials} | set(promises.added)
    names = [n for n in map(str.lower, promises.request_headers) if n not in unlike]
    for name in dict.fromkeys([*names, *([CONTENT_TYPE] if sent.body else [])]):
        yield from _unlike(f"header {name}", sent.headers.get(name), received.headers.get(name))
    if not arrival.request.is_body(sent.body):
        ended = "" if arrival.request.complete else " and no end"
        length = f"{arrival.request.body_bytes} bytes{ended}: {_shown(received.body)}"
        yield Altered(what="body", sent=_shown(sent.body), received=length)


def request_of(sent: requests.PreparedRequest) -> ObservedRequest:
    """Return a request as the client sent it."""
    target = urlsplit(sent.url or "")
    headers = {_text(n).lower(): _text(v).strip(" \t") for n, v in sent.headers.items()}
    return ObservedRequest(
        method=sent.method or "",
        path=target.path or "/",
        query=target.query,
        headers=headers,
        body=_bytes(sent.body),
    )


def arrival_of(arrival: Arrival) -> ObservedRequest:
    """Return a request as the service received it."""
    path, _, query = arrival.target.partition("?")
    return ObservedRequest(
        method=arrival.method,
        path=path,
        query=query,
        headers=arrival.request.joined(),
        body=arrival.request.content,
    )


def _unlike(what: str, sent: str | None, received: str | None) -> Iterator[Altered]:
    if sent != received:
        yield Altered(what=what, sent=_shown(sent), received=_shown(received))


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes(body: object) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b""


def _is_probed(case: "schemathesis.Case[Any]") -> bool:
    raw = case.operation.definition.raw
    return bool(raw.get("security", case.operation.schema.raw_schema.get("security")))


def _shown(value: str | bytes | None) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
