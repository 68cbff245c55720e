"""Turns what a check complains of into a failure for the record, and requests into its form."""

from collections.abc import Iterable, Sequence
from textwrap import indent
from typing import Any, Final

import requests
import schemathesis
from schemathesis.core.failures import Failure as Complaint

from contract_tests.hops.bounded_session import target_below
from contract_tests.hops.paired_client import SILENT, PairedExchange, SentRequest
from contract_tests.hops.parity import (
    AnswersUnlikeItsTwin,
    Mismatch,
    ObservedResponse,
    answer_of,
    seen_by_schemathesis,
)
from contract_tests.hops.received import NotReceivedAsSent, request_of
from contract_tests.stories.broken_promises import BrokenPromise
from reports.record.failures import (
    Failure,
    Method,
    RecordedRequest,
    RecordedResponse,
    ResponseDifference,
    body,
)
from reports.record.number_formats import visible

PARITY: Final = "answers_as_its_twin"
RECEIVED: Final = "received_as_sent"
_BY_KIND: Final[dict[str, Method]] = {
    "parity": "parity",
    "received": "received",
    "promise": "promises",
}
_CHECKS: Final = {"parity": PARITY, "received": RECEIVED}
# What a client sets for itself, and nobody needs to see the failure again.
_LEFT_OUT: Final = frozenset(
    {
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "user-agent",
        "accept-encoding",
        "x-schemathesis-testcaseid",
    }
)
_MOST_CHARACTERS: Final = 1_000


def complained(
    complaint: Complaint,
    response: schemathesis.Response,
    case: "schemathesis.Case[Any]",
    twin: ObservedResponse | None,
    base: str = "",
) -> Failure:
    """Return what a check of schemathesis complains of, one of ours included.

    `base` is the gateway's URL, below which its requests are told.
    """
    gateway = said(response)
    own = isinstance(complaint, AnswersUnlikeItsTwin | NotReceivedAsSent)
    first = complaint.message.partition("\n")[0]
    sentence = f"{case.operation.label}: {first if own else _in_one(complaint)}"
    return Failure(
        operation=case.operation.label,
        check=_check(complaint),
        kind=_kind(complaint, gateway.status),
        method=_method(complaint),
        sentence=plain(sentence),
        hops=complaint.hops if isinstance(complaint, OWN) else (),
        request=sent(response.request, base),
        gateway=recorded(gateway),
        twin=recorded(twin) if twin else None,
        differences=_differences(complaint),
    )


OWN: Final = (AnswersUnlikeItsTwin, NotReceivedAsSent)


class NoWholeAnswer(Complaint):
    """A case had no answer within the bounds of a session."""

    checks = ("not_a_server_error",)
    kind_title = "The gateway gives no whole answer"


def unanswered(complaint: NoWholeAnswer, operation: str, request: RecordedRequest) -> Failure:
    """Return that a request had no whole answer."""
    silence = answer_of(SILENT, {}, complaint.message.encode())
    return Failure(
        operation=operation,
        check=_check(complaint),
        kind=_kind(complaint, SILENT),
        method=_method(complaint),
        sentence=plain(f"{operation}: {_in_one(complaint)}"),
        request=request,
        gateway=recorded(silence),
    )


def reproduced(complaints: Sequence[Complaint], answer: str, line: str) -> str:
    """Return what a test says of an answer, and the command line that shows it again.

    The answer stands in one line: none that it holds can pass for the command line.
    """
    told = "".join(f"\n- {one.title}\n\n{indent(one.message, '    ')}\n" for one in complaints)
    shown = visible(answer, _MOST_CHARACTERS).replace("\n", "\\n")
    return f"{told}\n{shown}\n\nReproduce with:\n\n    {line}"


def broken(one: BrokenPromise, operation: str) -> Failure:
    """Return a promise that was broken in a story."""
    exchange = one.exchange
    return Failure(
        service=one.service,
        operation=operation,
        check=_CHECKS.get(one.kind, one.promise),
        kind=facet(one.what) if one.kind != "promise" else "promise",
        method=_BY_KIND[one.kind],
        sentence=plain(one.sentence),
        request=asked(one.sent) if one.sent else None,
        gateway=recorded(exchange.gateway) if exchange else None,
        twin=recorded(exchange.twin) if exchange and exchange.twin else None,
        differences=differing(exchange.differing) if exchange else (),
    )


def facet(*what: str) -> str:
    """Return in which respect two things differ: of an answer one for status and body.

    Which of the two a request shows depends on the request; a header that differs is another thing.
    """
    if any(one == "status" or one.startswith("body") for one in what):
        return "answer"
    return next(iter(what), "answer")


def recorded(answer: ObservedResponse) -> RecordedResponse:
    """Return an answer as the record holds it."""
    headers = {plain(name): plain(value) for name, value in answer.headers.items()}
    return RecordedResponse(status=answer.status, headers=headers, body=body(answer.body))


def said(response: schemathesis.Response) -> ObservedResponse:
    """Return what the gateway answered."""
    return seen_by_schemathesis(response)


def sent(prepared: requests.PreparedRequest, gateway: str = "") -> RecordedRequest:
    """Return a request that schemathesis sent, as the record holds it: below the gateway's base."""
    target = target_below(prepared.url or "", gateway)
    one = request_of(prepared)
    headers = {name: value for name, value in one.headers.items() if name not in _LEFT_OUT}
    content = body(one.body) if prepared.body is not None else None
    return RecordedRequest(method=one.method, target=target, headers=headers, body=content)


def asked(one: SentRequest) -> RecordedRequest:
    """Return a request of our own, as the record holds it."""
    return one.recorded()


def to_send(request: RecordedRequest) -> SentRequest:
    """Return a request of a record, to be sent."""
    content = request.body.content if request.body else None
    return SentRequest(
        method=request.method, target=request.target, headers=request.headers, body=content
    )


def plain(text: str) -> str:
    """Return text that UTF-8 can hold, in one line of a bounded length: it may quote an answer."""
    known = text[:_MOST_CHARACTERS].encode("utf-8", "backslashreplace").decode()
    return "\\n".join(known.splitlines())


def _in_one(complaint: Complaint) -> str:
    return " ".join(f"{complaint.title}. {complaint.message}".split())


def _check(complaint: Complaint) -> str:
    if isinstance(complaint, AnswersUnlikeItsTwin):
        return PARITY
    if isinstance(complaint, NotReceivedAsSent):
        return RECEIVED
    return next(iter(complaint.checks), type(complaint).__name__)


def _kind(complaint: Complaint, status: int) -> str:
    if isinstance(complaint, OWN):
        return facet(*(one.what for one in complaint.found))
    return f"{complaint.title} ({status})"


def _method(complaint: Complaint) -> Method:
    if isinstance(complaint, AnswersUnlikeItsTwin):
        return "parity"
    return "received" if isinstance(complaint, NotReceivedAsSent) else "schema"


def _differences(complaint: Complaint) -> tuple[ResponseDifference, ...]:
    return differing(complaint.found) if isinstance(complaint, AnswersUnlikeItsTwin) else ()


def differing(found: Iterable[Mismatch]) -> tuple[ResponseDifference, ...]:
    """Return in what two answers differ, as the record holds it."""
    return tuple(
        ResponseDifference(what=plain(one.what), gateway=plain(one.gateway), twin=plain(one.twin))
        for one in found
    )


def exchanged(exchange: PairedExchange) -> tuple[RecordedRequest, RecordedResponse]:
    """Return both halves of an exchange, as the record holds them."""
    return asked(exchange.sent), recorded(exchange.gateway)
