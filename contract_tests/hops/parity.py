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
    content coding     the same one, and a body is compared as it is read by what its side calls it
    no JSON            a sequence by its items, a download by digest: `unheld_bodies`
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import requests
import schemathesis
from msgspec import Struct
from msgspec.structs import replace
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from contract_tests.hops import header_rules
from contract_tests.hops.added_headers import AddedHeaders
from contract_tests.hops.bounded_session import reply_to, session, target_below, unpacked
from contract_tests.hops.counterparts import Counterparts
from contract_tests.hops.hop_failure import HopFailure
from contract_tests.hops.http_methods import METHOD_NOT_ALLOWED
from contract_tests.hops.json_bodies import NO_JSON, json_of
from contract_tests.hops.parity_rules import rules_for, settled
from contract_tests.hops.path_map import AS_IT_IS, PathMap
from contract_tests.hops.unheld_bodies import (
    BODY,
    items,
    told_apart,
    unlike_bytes,
    unlike_course,
    unlike_digest,
)
from testcontainers_fixtures.credentials import kept_back
from testcontainers_fixtures.http_client import header_values
from testcontainers_fixtures.http_client.answer_bodies import (
    BodyDigest,
    StreamedItems,
    digest_of,
    kind_of,
)
from testcontainers_fixtures.http_client.http_exchange import HttpReply
from testcontainers_fixtures.http_client.metered import ExchangeTooLargeError
from testcontainers_fixtures.json_pointers import steps
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
    answer calls it, and stands as it came. `items` and `digest` are of a body that is not held as a
    whole.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    misread: str = ""
    items: StreamedItems | None = None
    digest: BodyDigest | None = None


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
    if served or gateway.body != twin.body:
        known = (*promises.response_headers, *promises.dropped_headers)
        yield from _coding(gateway, twin, {*volatile, *map(str.lower, known)})
    if gateway.items and twin.items:
        yield from _sequences(gateway, twin, promises)
    elif (gateway.digest or twin.digest) and not _is_volatile(promises):
        sides = (side.digest or digest_of(side.body) for side in (gateway, twin))
        yield from (Mismatch(what=w, gateway=a, twin=b) for w, a, b in unlike_digest(*sides))
    elif (gateway.body, gateway.misread) != (twin.body, twin.misread):
        yield from _bodies(gateway, twin, promises)


def _allowed(gateway: ObservedResponse, twin: ObservedResponse) -> Iterator[Mismatch]:
    one, other = (side.headers.get("allow", _MISSING) for side in (gateway, twin))
    if methods(one) != methods(other):
        yield _mismatch("header allow", one, other)


def _coding(
    gateway: ObservedResponse, twin: ObservedResponse, else_told: Collection[str]
) -> Iterator[Mismatch]:
    one, other = (side.headers.get(header_rules.CODING) for side in (gateway, twin))
    if one != other and header_rules.CODING not in else_told:
        yield _header(header_rules.CODING, one, other)


def _sequences(
    gateway: ObservedResponse, twin: ObservedResponse, promises: Contract
) -> Iterator[Mismatch]:
    """Yield in what the first items of two sequences differ, each compared as a body is."""
    kind = kind_of(twin.headers.get("content-type"))
    one, other = (items(side.body, kind) for side in (gateway, twin))
    for number, pair in enumerate(zip(one, other, strict=False)):
        for field in dict.fromkeys([*pair[1], *pair[0]]):
            sides = (side.get(field, "").encode() for side in pair)
            ours, theirs = (
                replace(which, body=held)
                for which, held in zip((gateway, twin), sides, strict=True)
            )
            if ours.body != theirs.body:
                for found in _bodies(ours, theirs, promises):
                    rest = found.what.removeprefix(BODY)
                    yield replace(found, what=f"{BODY} item {number} {field}{rest}")
    if gateway.items and twin.items:
        for what, ours_, theirs_ in unlike_course(
            gateway.items, twin.items, (len(one), len(other))
        ):
            yield Mismatch(what=what, gateway=ours_, twin=theirs_)


def _is_volatile(promises: Contract) -> bool:
    """Tell whether bodies may differ as a whole."""
    return any(each.pointer == "" and each.rule == "volatile" for each in promises.parity)


def _bodies(
    gateway: ObservedResponse, twin: ObservedResponse, promises: Contract
) -> Iterator[Mismatch]:
    one, other = json_of(gateway.body), json_of(twin.body)
    if gateway.misread != twin.misread:
        yield _mismatch("body", *(side.misread or side.body for side in (gateway, twin)))
        return
    if one is NO_JSON or other is NO_JSON:
        if not _is_volatile(promises):
            for what, *sides in unlike_bytes(gateway.body, twin.body):
                yield _mismatch(what, *sides)
        return
    for pointer in promises.volatile_fields:
        way = steps(pointer)
        one, other = without(one, way), without(other, way)
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


def without(value: Any, way: Sequence[str]) -> Any:  # noqa: ANN401 -- any JSON
    """Return a JSON document without what a pointer names; "*" names every item or field."""
    if not way:
        return None
    first, *rest = way
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
        if not self.added.known:
            return
        gateway = seen_by_schemathesis(response)
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
        headers = header_values.joined(answer.raw.headers.items())
        said = answer_of(answer.status_code, headers, answer.content)
        return with_reply(said, reply_to(again))

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


def with_reply(answer: ObservedResponse, reply: HttpReply | None) -> ObservedResponse:
    """Return an answer with what is known of a body that is not held as a whole."""
    return replace(answer, items=reply.items, digest=reply.digest) if reply else answer


def seen_by_schemathesis(response: schemathesis.Response) -> ObservedResponse:
    """Return the answer that schemathesis got, in the form that is compared."""
    answer = answer_of(response.status_code, flat(response.headers), response.content)
    return with_reply(answer, reply_to(response.request))


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
    """Return headers with the values of a repeated one joined."""
    pairs = ((name, value) for name, values in said.items() for value in values)
    return header_values.joined(pairs)


def _header(name: str, one: str | None, other: str | None) -> Mismatch:
    shown = (_MISSING if value is None else value for value in (one, other))
    return _mismatch(f"header {name}", *shown)


def _mismatch(what: str, one: object, other: object) -> Mismatch:
    shown = _shown(one), _shown(other)
    if shown[0] == shown[1]:  # by a type, or behind what is shown
        shown = told_apart(one, other)
    return Mismatch(what=what, gateway=shown[0], twin=shown[1])


def _shown(value: object) -> str:
    if value is _MISSING or value is None:
        return "nothing" if value is _MISSING else "null"
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
