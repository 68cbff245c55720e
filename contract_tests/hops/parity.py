"""Parity: what the gateway answers, its service's twin answers to the same bytes.

A twin is a second copy of a service that no gateway stands before; both begin with the same rows
and get the same requests in the same order, so that every difference is the gateway's doing, or
that of something behind it. What may differ has a rule of its own:

    volatile fields    named in the stack file, as JSON pointers; "*" is any item or field
    rules of parity    `parity` of the stack file, as far as each lets a place be (`parity_rules`)
    a refusal's words  of two 422 in FastAPI's shape, place and type of each fault count
    the order of Allow a 405 names methods (RFC 9110, 15.5.6): the same ones, in any order
    headers            `contract_tests.hops.header_rules` says which, and in what
    paths              the twin is asked at the service's own; a Location may name either's
    content coding     a body is compared as it is read by what its own side calls it
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import requests
import schemathesis
from msgspec import Struct
from msgspec.structs import replace
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from contract_tests.hops import header_rules
from contract_tests.hops.added_headers import AddedHeaders
from contract_tests.hops.bounded_session import session, target_below, unpacked
from contract_tests.hops.counterparts import Counterparts
from contract_tests.hops.hop_failure import HopFailure
from contract_tests.hops.http_methods import METHOD_NOT_ALLOWED
from contract_tests.hops.json_bodies import NO_JSON, json_of
from contract_tests.hops.parity_rules import rules_for, settled
from contract_tests.hops.path_map import AS_IT_IS, PathMap
from testcontainers_fixtures.credentials import kept_back
from testcontainers_fixtures.http_client.metered import ExchangeTooLargeError
from testcontainers_fixtures.stack_spec import Contract

ANSWER_WITHIN_S: Final = 10.0
UNPROCESSABLE: Final = 422
LOCATION: Final = "location"
FIRST_REFUSAL: Final = 400
_MISSING: Final = object()
_HOST: Final = re.compile(r"^https?://[^/]*")
_SHOWN_CHARACTERS: Final = 160


class ObservedResponse(Struct, frozen=True, kw_only=True):
    """One side's answer; header names are in lower case.

    The body is without its content coding; `misread` says that it is none of the kind that the
    answer calls it, and stands as it came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    misread: str = ""


class Mismatch(Struct, frozen=True, kw_only=True):
    """One thing in which two answers differ: "status", "header etag", or "body" and where in it."""

    what: str
    gateway: str
    twin: str

    @property
    def sentence(self) -> str:
        """Return the mismatch in words."""
        return f"{self.what}: the gateway answers {self.gateway}, the twin {self.twin}"


def mismatches(
    gateway: ObservedResponse,
    twin: ObservedResponse,
    promises: Contract,
    paths: PathMap = AS_IT_IS,
    rows: Counterparts | None = None,
) -> list[Mismatch]:
    """Return every promised thing in which two answers to one request differ.

    All rules of parity in `promises` are about the request. `paths` leads from the gateway's paths
    to the twin's, `rows` to the twin's rows: of a Location either side's will do.
    """
    if gateway.status != twin.status and any(rule.status for rule in promises.parity):
        return []
    placed = _placed(twin, gateway, paths, rows or Counterparts())
    return list(_mismatches(gateway, placed, promises))


def _placed(
    twin: ObservedResponse, gateway: ObservedResponse, paths: PathMap, rows: Counterparts
) -> ObservedResponse:
    """Return a twin's answer with its Location as it is at the gateway, if that says it so."""
    place, seen = (side.headers.get(LOCATION) for side in (twin, gateway))
    if place is None or seen in {None, place}:
        return twin
    ours, theirs = _HOST.sub("", seen or ""), _HOST.sub("", place)
    asked = rows.at_twin(ours)
    same = asked in {theirs, paths.to_gateway(theirs)} and (paths.rule is not None or asked != ours)
    return replace(twin, headers={**twin.headers, LOCATION: seen or ""}) if same else twin


def _mismatches(
    gateway: ObservedResponse, twin: ObservedResponse, promises: Contract
) -> Iterator[Mismatch]:
    if gateway.status != twin.status:
        yield _mismatch("status", gateway.status, twin.status)
    served = gateway.status == twin.status < FIRST_REFUSAL
    for name, one, other in header_rules.unlike(
        gateway.headers, twin.headers, promises, served=served
    ):
        yield _header(name, one, other)
    volatile = {name.lower() for name in promises.volatile_headers}
    if gateway.status == twin.status == METHOD_NOT_ALLOWED and "allow" not in volatile:
        yield from _allowed(gateway, twin)
    if (gateway.body, gateway.misread) != (twin.body, twin.misread):
        yield from _coding(gateway, twin)
        yield from _bodies(gateway, twin, promises)


def _allowed(gateway: ObservedResponse, twin: ObservedResponse) -> Iterator[Mismatch]:
    one, other = (side.headers.get("allow", _MISSING) for side in (gateway, twin))
    if methods(one) != methods(other):
        yield _mismatch("header allow", one, other)


def _coding(gateway: ObservedResponse, twin: ObservedResponse) -> Iterator[Mismatch]:
    one, other = (side.headers.get(header_rules.CODING) for side in (gateway, twin))
    if one != other:
        yield _header(header_rules.CODING, one, other)


def _bodies(
    gateway: ObservedResponse, twin: ObservedResponse, promises: Contract
) -> Iterator[Mismatch]:
    one, other = json_of(gateway.body), json_of(twin.body)
    if gateway.misread != twin.misread:
        yield _mismatch("body", *(side.misread or side.body for side in (gateway, twin)))
        return
    if one is NO_JSON or other is NO_JSON:
        if not any(each.pointer == "" and each.rule == "volatile" for each in promises.parity):
            yield _mismatch("body", gateway.body, twin.body)
        return
    for pointer in promises.volatile_fields:
        tokens = pointer.split("/")[1:]
        one, other = without(one, tokens), without(other, tokens)
    one, other = settled(one, other, promises.parity)
    if gateway.status == twin.status == UNPROCESSABLE:
        one, other = refusal(one), refusal(other)
    yield from differences(one, other, "")


def differences(one: Any, other: Any, pointer: str) -> Iterator[Mismatch]:  # noqa: ANN401 -- any JSON
    """Yield where two JSON documents differ; order counts in lists, and 1 is not 1.0 or true."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys([*one, *other]):
            pair = one.get(name, _MISSING), other.get(name, _MISSING)
            yield from differences(*pair, f"{pointer}/{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{pointer}/{number}")
    elif isinstance(one, list) and isinstance(other, list):
        counted = (f"{len(side)} items, {side}" for side in (one, other))
        yield _mismatch(f"body {pointer}".rstrip(), *counted)
    elif type(one) is not type(other) or one != other:
        yield _mismatch(f"body {pointer}".rstrip(), one, other)


def without(value: Any, tokens: list[str]) -> Any:  # noqa: ANN401 -- any JSON
    """Return a JSON document without what a pointer names; "*" names every item or field."""
    if not tokens:
        return None
    first, *rest = tokens
    if isinstance(value, list):
        chosen = range(len(value)) if first == "*" else [int(first)] if first.isdigit() else []
        return [without(v, rest) if n in chosen else v for n, v in enumerate(value)]
    if isinstance(value, dict):
        return {k: without(v, rest) if first in {"*", k} else v for k, v in value.items()}
    return value


def methods(allow: object) -> object:
    """Return the methods that an Allow header names, as a set; what is no header as it is."""
    return {one.strip() for one in allow.split(",")} if isinstance(allow, str) else allow


def refusal(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Return FastAPI's 422 as place and type of each fault, in order; anything else as it is."""
    match value:
        case {"detail": [*faults]} if all({"loc", "type"} <= set(one) for one in faults):
            return sorted(([one["loc"], one["type"]] for one in faults), key=str)
        case _:
            return value


class AnswersUnlikeItsTwin(HopFailure):
    """The gateway's answer is not the twin's; each thing `found` is a Mismatch."""


class Twin:
    """Answers the same requests as the gateway, past it; a check of schemathesis when called.

    `paths` leads from the gateway's paths to the service's, `rows` to its own rows, `added` has
    what the gateway adds: until that is known nothing can be asked alike.
    """

    __name__ = "answers_as_its_twin"

    def __init__(  # noqa: PLR0913, PLR0917 -- what it is asked by, and how that is compared
        self,
        url: str,
        promises: Contract,
        gateway: str = "",
        paths: PathMap = AS_IT_IS,
        added: AddedHeaders | None = None,
        rows: Counterparts | None = None,
    ) -> None:
        self.added = added or AddedHeaders(promises)
        self.rows = rows or Counterparts()
        self._paths = paths
        self._url = url.rstrip("/")
        self.gateway = gateway
        self.promises = promises
        self._session = session()

    def __repr__(self) -> str:
        """Show where the twin is."""
        return f"<Twin {self._url}>"

    def __call__(
        self,
        context: object,  # noqa: ARG002 -- what schemathesis passes to a check
        response: schemathesis.Response,
        case: "schemathesis.Case[Any]",
    ) -> None:
        """Ask the twin what the gateway was asked; raise when it answers otherwise."""
        gateway = answer_of(response.status_code, flat(response.headers), response.content)
        if not self.added.known:
            return
        found = self.unlike(response.request, gateway, self.ask(response.request))
        if found:
            title = "The gateway answers otherwise than the service"
            raise AnswersUnlikeItsTwin.told(case, title, found)

    def ask(self, sent: requests.PreparedRequest) -> ObservedResponse:
        """Send the bytes that were sent to the gateway; the path is the one below either's base."""
        again = sent.copy()
        for name in kept_back(self.promises):
            again.headers.pop(name, None)
        again.headers = CaseInsensitiveDict(self.added.on(dict(again.headers)))
        below = self.rows.at_twin(target_below(sent.url or "", self.gateway))
        again.url = self._url + self._paths.to_service(below)
        answer = self._session.send(again, timeout=ANSWER_WITHIN_S, allow_redirects=False)
        return answer_of(answer.status_code, answer.headers, answer.content)

    def unlike(
        self, sent: requests.PreparedRequest, gateway: ObservedResponse, said: ObservedResponse
    ) -> list[Mismatch]:
        """Return in what the gateway's answer to a request differs from what the twin said."""
        target = target_below(sent.url or "", self.gateway)
        promises = rules_for(self.promises, sent.method or "", target)
        if gateway.status == said.status:
            self.rows.learn(target, promises.parity, gateway.body, said.body)
        return mismatches(gateway, said, promises, self._paths, self.rows)


def answer_of(status: int, said: Mapping[str, str], body: bytes | None) -> ObservedResponse:
    """Return an answer, whose content coding was undone, in the form that is compared."""
    lower = {name.lower(): value for name, value in said.items()}
    return ObservedResponse(status=status, headers=lower, body=body or b"")


def answer_from_wire(status: int, said: Mapping[str, str], body: bytes) -> ObservedResponse:
    """Return an answer, whose body is as it came, in the form that is compared."""
    answer = answer_of(status, said, body)
    coding = answer.headers.get(header_rules.CODING)
    if not (coding and body):
        return answer
    try:
        read = unpacked(coding, body)
    except HTTPError:
        return replace(answer, misread=f"what is called {coding} and is none: {_shown(body)}")
    except ExchangeTooLargeError:
        return replace(answer, misread=f"{coding} that unpacks without measure: {_shown(body)}")
    return replace(answer, body=read)


def flat(said: Mapping[str, list[str]]) -> dict[str, str]:
    """Return headers with the values of a repeated one joined, as requests joins them."""
    return {name: ", ".join(values) for name, values in said.items()}


def _header(name: str, one: str | None, other: str | None) -> Mismatch:
    shown = (_MISSING if value is None else value for value in (one, other))
    return _mismatch(f"header {name}", *shown)


def _mismatch(what: str, one: object, other: object) -> Mismatch:
    return Mismatch(what=what, gateway=_shown(one), twin=_shown(other))


def _shown(value: object) -> str:
    if value is _MISSING or value is None:
        return "nothing" if value is _MISSING else "null"
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
