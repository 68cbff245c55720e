"""Sends the requests of a failure again, from fresh data, and says whether it fails again.

A failure is repeated so once, as it is found; and so does the test that is written beside a record,
`assert again(stack, KEPT) == ()`, which is there to be kept.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import msgspec
import requests
import schemathesis
from msgspec import Struct
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup

from contract_tests.agreement.agreed_documents import Agreement, agreement
from contract_tests.drift.documents import Document
from contract_tests.drift.readable_documents import readable
from contract_tests.hops.paired_client import SILENT, PairedClient, PairedExchange
from contract_tests.hops.parity import without
from contract_tests.hops.parity_rules import rules_for
from contract_tests.recording.failures import PARITY, RECEIVED, to_send
from reports.record.failures import RecordedRequest
from testcontainers_fixtures.json_pointers import steps
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Contract
from testcontainers_fixtures.taps.records import TapReader

# What these ask can be asked of an answer alone.
OF_DOCUMENTS: Final = frozenset(
    {
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    }
)
NO_ERROR: Final = "not_a_server_error"
_FAILED: Final = 500
_NAMED: Final = re.compile(r"\{(\w+)\}")
# Fresh data without a row, as a failure's `data` names it.
EMPTY: Final = "empty"


class FailureCase(Struct, frozen=True, kw_only=True):
    """What shows a failure: requests, of which the last is judged, and what was answered to it."""

    service: str
    operation: str
    check: str
    data: str
    requests: tuple[RecordedRequest, ...]
    status: int
    answer: bytes


def again(
    stack: Stack,
    kept: FailureCase,
    agreed: Agreement | None = None,
    *,
    promises: Contract | None = None,
    start_over: bool = True,
) -> tuple[str, ...]:
    """Start over, send the requests to both sides, and return what the check says of the last.

    A system that was attached to is taken as it is. Without what is `agreed` it is read anew, and
    without `promises` the stack file's are held.
    """
    said = promises or stack.spec.contract
    if stack.ours and start_over:
        stack.reset(seeded=kept.data != EMPTY)
    known = agreed or agreement(stack, {})
    exchange = _exchanged(stack, kept, known, said)
    if kept.check in OF_DOCUMENTS:
        return tuple(_undocumented(kept, exchange, known.documents[kept.service]))
    last = kept.requests[-1]
    rules = rules_for(said, last.method, last.target).parity
    pointers = tuple(one.pointer for one in rules if one.pointer is not None)
    return tuple(_complaints(kept, exchange, (*said.volatile_fields, *pointers)))


def _exchanged(
    stack: Stack, kept: FailureCase, agreed: Agreement, promises: Contract
) -> PairedExchange:
    name = kept.service
    with ExitStack() as held:
        tap = held.enter_context(TapReader(stack.taps[name])) if name in stack.taps else None
        # As it was sent: an unauthenticated request comes as one again.
        twin, paths = stack.twins.get(name), agreed.of(name)
        sides = PairedClient(stack.doorstep, twin, promises, tap, paths=paths)
        return [sides.ask(to_send(one)) for one in kept.requests][-1]


def _complaints(
    kept: FailureCase, exchange: PairedExchange, volatile: tuple[str, ...]
) -> Iterator[str]:
    status = exchange.gateway.status
    if kept.check == PARITY:
        yield from (one.sentence for one in exchange.differing)
    elif kept.check == RECEIVED:
        yield from exchange.altered
    elif kept.check == NO_ERROR:
        yield from [f"answered {status}"] if status >= _FAILED or status == SILENT else []
    elif _as_before(kept, exchange, volatile):
        yield f"answered {status} again: {exchange.gateway.body[:200].decode(errors='replace')}"


def _as_before(kept: FailureCase, exchange: PairedExchange, volatile: tuple[str, ...]) -> bool:
    """Tell whether the answer is the one that was complained of; nothing else can be asked of it.

    A check of schemathesis is about what kind of request it was, so the status is what counts.
    """
    if exchange.gateway.status != kept.status:
        return False
    if kept.check in _checks():
        return True
    seen, before = (_steady(one, volatile) for one in (exchange.gateway.body, kept.answer))
    return bool(seen == before)


def _steady(body: bytes, volatile: tuple[str, ...]) -> Any:  # noqa: ANN401 -- any JSON
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body
    for pointer in volatile:
        value = without(value, steps(pointer))
    return value


def _undocumented(kept: FailureCase, exchange: PairedExchange, document: Document) -> Iterator[str]:
    method, _, path = kept.operation.partition(" ")
    # What stands in the path is no matter: the answer is there already.
    named = dict.fromkeys(_NAMED.findall(path), "0")
    operation = schemathesis.openapi.from_dict(readable(document))[path][method]
    case = operation.Case(path_parameters=named)
    try:
        case.validate_response(_response(exchange), checks=[_checks()[kept.check]])
    except FailureGroup as group:
        yield from (" ".join(f"{one.title}. {one.message}".split()) for one in group.exceptions)


def _checks() -> dict[str, Any]:
    load_all_checks()
    return {one.__name__: one for one in CHECKS.get_all()}


def _response(exchange: PairedExchange) -> requests.Response:
    response = requests.Response()
    response.status_code = exchange.gateway.status
    response.headers.update(exchange.gateway.headers)
    response._content = exchange.gateway.body  # noqa: SLF001 -- requests has no other way in
    response.request = requests.Request(exchange.sent.method, "http://gateway/").prepare()
    return response
