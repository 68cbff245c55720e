"""Which unauthenticated requests show whether a gateway that asks who comes can be passed by.

Of each operation that its document guards, or of every one where the stack file names credentials:
one with nothing to show, and one with a wrong secret for each way to come in (OpenAPI's security
schemes; without a document the headers of the stack file). What it names is nobody's: it was made
to be lost (`throwaway`), since such a client, let in, does what it asks for.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.drift.documents import Document, Operation, operations, unnamed
from contract_tests.drift.required_parameters import Parameters
from contract_tests.hops.paired_client import SentRequest
from contract_tests.hops.parity import ObservedResponse
from contract_tests.hops.route_patterns import meant_by
from contract_tests.stories.lifecycle import JSON
from testcontainers_fixtures.stack_spec import Contract

WRONG: Final = "nobody"
REFUSED: Final = (401, 403)
_UNAUTHORIZED: Final = 401
_BASIC: Final = base64.b64encode(f"{WRONG}:{WRONG}".encode()).decode()
_WRITING: Final = frozenset({"POST", "PUT", "PATCH"})


# An operation that asks who comes, and what wrong secrets look like by what they are called.
Asking = tuple[Operation, dict[str, SentRequest]]


class UnauthenticatedRequest(Struct, frozen=True, kw_only=True):
    """A request of somebody who must not come in; `shows` says what for a secret it bears."""

    operation: str
    shows: str
    sent: SentRequest


def guarded_operations(
    document: Document, gateway: Document | None, promises: Contract
) -> Iterator[Asking]:
    """Yield the operations of a service that ask who comes, each with wrong secrets to show.

    `gateway` is the gateway's own document, if it publishes one. What the stack file calls open
    asks nobody.
    """
    credentials = promises.credentials
    mirrored = operations(gateway or {})
    for operation in operations(document).values():
        if meant_by(promises.open, operation.method, operation.path) is not None:
            continue
        mirror = mirrored.get((operation.method, unnamed(operation.path)))
        if credentials or (mirror and guarded(mirror)):
            schemes = _schemes(gateway or {}, mirror)
            yield operation, {**{n: _headed(n) for n in credentials}, **schemes}


def guarded(operation: Operation) -> bool:
    """Tell whether an operation asks for something; an empty choice lets everybody in."""
    return bool(operation.security) and frozenset() not in operation.security


def refusal(answer: ObservedResponse, arrived: int) -> str | None:
    """Return what is wrong with the answer to an unauthenticated request, in half a sentence."""
    if arrived:
        return f"an unauthenticated request reached the service, answered {answer.status}"
    if answer.status not in REFUSED:
        return f"an unauthenticated request is answered {answer.status} in place of 401 or 403"
    if answer.status == _UNAUTHORIZED and "www-authenticate" not in answer.headers:
        return "a 401 does not say how to come in (WWW-Authenticate; RFC 9110, 15.5.2)"
    return None


def unauthenticated_requests(
    operation: Operation, target: str, wrong: Mapping[str, SentRequest], parameters: Parameters
) -> Iterator[UnauthenticatedRequest]:
    """Yield the requests for one operation, at a target that is nobody's.

    Nothing but a secret is missing: what else the operation requires is there.
    """
    writes = operation.method in _WRITING
    bare = SentRequest(
        method=operation.method,
        target=target,
        headers=JSON if writes else {},
        body=b"{}" if writes else None,
    )
    whole = _bare(parameters.on(bare), wrong.values())
    for shows, secret in {"nothing": SentRequest(method="", target=""), **wrong}.items():
        mark = "&" if secret.target and "?" in whole.target else "?"
        sent = replace(
            whole,
            target=whole.target + secret.target.replace("?", mark, 1),
            headers={**whole.headers, **secret.headers},
        )
        yield UnauthenticatedRequest(operation=operation.label, shows=shows, sent=sent)


def _bare(sent: SentRequest, wrong: Iterable[SentRequest]) -> SentRequest:
    """Return a request without the headers that a secret would stand in."""
    secret = {name.lower() for one in wrong for name in one.headers} - {"cookie"}
    headers = {name: value for name, value in sent.headers.items() if name.lower() not in secret}
    return replace(sent, headers=headers)


def _schemes(document: Document, operation: Operation | None) -> dict[str, SentRequest]:
    """Return, for each way that an operation names, what a wrong secret looks like."""
    known = document.get("components", {}).get("securitySchemes", {})
    asked = {name for choice in operation.security for name in choice} if operation else set()
    return {f"a wrong {name}": _wrong(known[name]) for name in sorted(asked) if name in known}


def _wrong(scheme: Mapping[str, Any]) -> SentRequest:
    match scheme:
        case {"type": "apiKey", "in": "query", "name": name}:
            return SentRequest(method="", target=f"?{quote(name)}={WRONG}")
        case {"type": "apiKey", "in": "cookie", "name": name}:
            return SentRequest(method="", target="", headers={"Cookie": f"{name}={WRONG}"})
        case {"type": "apiKey", "name": name}:
            return _headed(name)
        case {"type": "http", "scheme": kind} if kind.lower() == "basic":
            return _headed("Authorization", f"Basic {_BASIC}")
        case _:
            return _headed("Authorization", f"Bearer {WRONG}")


def _headed(name: str, value: str = WRONG) -> SentRequest:
    return SentRequest(method="", target="", headers={name: value})
