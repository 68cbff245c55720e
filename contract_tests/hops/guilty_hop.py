"""Names the hop that a failure is the fault of, from what was seen on either side of each hop.

    client -> gateway -> broker -> resolver -> service, and all the way back

What was sent is looked for in the message that the broker was given, and in what arrived at the
service; what the service answered, in the message that went back. A hop is guilty where what went
in was right and what came out was not. The test is generic: it looks for the bytes of what must
have been carried, whatever a system's messages look like.
"""

import base64
import itertools
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.hops.header_rules import CODING
from contract_tests.hops.parity import ObservedResponse, answer_from_wire, mismatches
from contract_tests.hops.path_map import AS_IT_IS, PathMap
from contract_tests.hops.received import ObservedRequest, at_service
from contract_tests.hops.wiretap import TappedMessage
from testcontainers_fixtures.http_client.answer_bodies import (
    SEQUENCES,
    StreamedItems,
    digest_of,
    kind_of,
)
from testcontainers_fixtures.stack_spec import Contract
from testcontainers_fixtures.taps.records import Arrival, Passed

Hop = Literal["gateway", "wire", "resolver", "service"]
ALL: Final[tuple[Hop, ...]] = ("gateway", "wire", "resolver", "service")


class CallObservations(Struct, frozen=True, kw_only=True):
    """What was seen of one failing call; None is what nobody could see."""

    broker: bool  # the system has one
    arrived: int | None  # how often it reached the service: None without a tap
    as_sent: bool = False  # it arrived once, as it was sent
    published: int | None = None  # how many messages hold what was sent: None without a wiretap
    taken: bool = True  # such a message was delivered from the work queue
    added: bool = False  # and the message holds headers that arrived without being sent
    service_as_twin: bool | None = None  # what left the service is what the twin answered
    replied: bool = False  # a message holds what left the service
    addressed: bool = True  # and goes where the request said, under its correlation id


def guilty(facts: CallObservations) -> tuple[Hop, ...]:
    """Return the guilty hop, or all that may be it."""
    if facts.arrived is None:
        return ("gateway",) if facts.published == 0 else ALL
    if not facts.as_sent:
        return _on_the_way_in(facts, facts.arrived)
    if facts.service_as_twin is False:
        return ("service",)
    return _on_the_way_back(facts)


def _on_the_way_in(facts: CallObservations, arrived: int) -> tuple[Hop, ...]:
    if facts.published is None:
        return ("gateway", "wire", "resolver") if facts.broker else ("gateway",)
    if facts.published == 0 or facts.added or (arrived > 1 and facts.published > 1):
        return ("gateway",)
    return ("resolver",) if facts.taken else ("wire",)


def _on_the_way_back(facts: CallObservations) -> tuple[Hop, ...]:
    if facts.published is None:
        return ("gateway", "wire", "resolver") if facts.broker else ("gateway",)
    if not facts.replied:
        return ("resolver",)
    return ("gateway",) if facts.addressed else ("wire",)


def verdict(hops: Sequence[Hop]) -> str:
    """Return it in words."""
    return f"Guilty: {hops[0]}." if len(hops) == 1 else f"Guilty: one of {', '.join(hops)}."


def at_the_broker(  # noqa: PLR0913 -- all that is held against each other, once
    facts: CallObservations,
    sent: ObservedRequest,
    arrived: Sequence[Arrival],
    heard: Sequence[TappedMessage],
    *,
    queues: Collection[str],
    promises: Contract,
    missed: Iterable[str] = (),
    paths: PathMap = AS_IT_IS,
) -> CallObservations:
    """Return the facts with what the messages tell; `heard` ends with those of the failing call.

    `missed` are headers of the answer that the failure is about, beside the promised ones. A
    message may carry the gateway's path, or what it is by `paths` at the service.
    """
    published = [one for one in heard if not one.delivered]
    # What is sent to an exchange has a key of its own: the one of what came from a work queue.
    keys = {*queues, *(one.key for one in heard if one.delivered)}
    calls = [one for one in published if one.key in keys]
    forms = (pieces(one, promises) for one in (sent, at_service(sent, paths)))
    requests = next(filter(None, (_last_that_hold(form, calls) for form in forms)), [])
    if not requests:
        return replace(facts, published=0)
    request = requests[-1]
    after = [one for one in published[published.index(request) :] if one.key not in keys]
    carried = _answer_of(arrived, promises, missed)
    replies = [one for one in after if _holds(one, carried)]
    added = _added(sent, arrived, promises)
    return replace(
        facts,
        published=len(requests),
        taken=any(one.delivered and one.correlation_id == request.correlation_id for one in heard),
        added=bool(added) and _holds(request, added),
        replied=bool(replies),
        addressed=any(_answers(one, request) for one in replies),
    )


def answered_alike(
    arrived: Sequence[Arrival], twin: ObservedResponse | None, promises: Contract
) -> bool | None:
    """Tell whether what left the service is what its twin answered; None where one is unknown."""
    answer = arrived[0].answer if arrived else None
    if answer is None or twin is None:
        return None
    if not _is_kept(answer):
        return None
    left = answer_from_wire(answer.status, answer.joined(), answer.content)
    return not mismatches(_as_read(left, answer), twin, promises)


def _is_kept(answer: Passed) -> bool:
    """Tell whether a tap's record of an answer says all of it: of a large body at least its length.

    One that was broken off may have been by whoever read it.
    """
    cut = answer.body_bytes > len(answer.content)
    return not cut or (answer.complete and CODING not in answer.joined())


def _as_read(left: ObservedResponse, answer: Passed) -> ObservedResponse:
    """Return an answer as whoever reads a part of it has it."""
    if kind_of(left.headers.get("content-type")) in SEQUENCES:
        return replace(left, items=StreamedItems(ended=answer.complete, waited_s=0.0))
    if answer.body_bytes > len(answer.content):
        known = digest_of(answer.content)
        return replace(left, digest=replace(known, size=answer.body_bytes))
    return left


def pieces(sent: ObservedRequest, promises: Contract) -> list[bytes]:
    """Return what a message must carry of a request, as bytes."""
    names = [name.lower() for name in promises.request_headers]
    known = sent.headers.keys() - promises.added.keys()
    values = [sent.headers[name] for name in names if name in known]
    return [*map(_bytes, (sent.method, sent.path, sent.query, *values)), sent.body]


def holds(carrier: bytes, piece: bytes) -> bool:
    """Tell whether bytes carry a piece: as it is, as part of a JSON string, or in base64."""
    return any(form in carrier for form in _forms(piece))


def _forms(piece: bytes) -> Iterable[bytes]:
    yield piece
    for encoding in ("latin-1", "utf-8"):
        text = piece.decode(encoding, "replace")
        yield json.dumps(text)[1:-1].encode()
        yield json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "replace")
    yield base64.b64encode(piece)


def _holds(message: TappedMessage, wanted: Iterable[bytes]) -> bool:
    carrier = message.body + b"\n" + message.properties
    return all(holds(carrier, piece) for piece in wanted)


def _last_that_hold(wanted: list[bytes], requests: Sequence[TappedMessage]) -> list[TappedMessage]:
    last_first = itertools.takewhile(lambda one: _holds(one, wanted), reversed(requests))
    return list(last_first)[::-1]


def _added(sent: ObservedRequest, arrived: Sequence[Arrival], promises: Contract) -> list[bytes]:
    if len(arrived) != 1:
        return []
    volatile = {name.lower() for name in promises.volatile_headers}
    names = {name.lower() for name in promises.request_headers} - volatile - set(sent.headers)
    names -= set(promises.added)
    received = arrived[0].request.joined()
    return [_bytes(received[name]) for name in names if name in received]


def _answer_of(
    arrived: Sequence[Arrival], promises: Contract, missed: Iterable[str]
) -> list[bytes]:
    answer = arrived[0].answer if arrived else None
    if answer is None:
        return []
    volatile = {n.lower() for n in promises.volatile_headers}
    promised = [n.lower() for n in promises.response_headers if n.lower() not in volatile]
    names = dict.fromkeys([*promised, *missed])
    values = [value for name, value in answer.headers if name.lower() in names]
    return [answer.content, *map(_bytes, (str(answer.status), *values))]


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def _answers(reply: TappedMessage, request: TappedMessage) -> bool:
    same = reply.correlation_id == request.correlation_id
    return same and request.reply_to in {"", reply.key}
