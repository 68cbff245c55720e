"""A gateway that asks who comes asks everybody, at each operation; none comes unauthenticated."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest
from msgspec.structs import replace

from contract_tests.drift.document_sources import GATEWAY, Document
from contract_tests.drift.required_parameters import Parameters
from contract_tests.hops.gateway_access import entering
from contract_tests.hops.paired_client import SentRequest, asked
from contract_tests.hops.parity import ObservedResponse
from contract_tests.recording.failures import asked as recorded_request
from contract_tests.recording.failures import recorded
from contract_tests.recording.session_findings import Findings, told
from contract_tests.stories.admission import (
    Asking,
    UnauthenticatedRequest,
    guarded_operations,
    refusal,
    unauthenticated_requests,
)
from contract_tests.stories.disposable_rows import DisposableRows
from reports.record.failures import Failure
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.taps.records import TapReader

CHECK: Final = "who may come in"
NO_ROW: Final = "no row could be made for it, and none is surely nobody's."
Documents = dict[str, Document]


@pytest.mark.timeout(180)
def test_no_unauthenticated_client_comes_in(
    request: pytest.FixtureRequest,
    stack: Stack,
    documents: Documents,
    findings: Findings,
    record_property: Any,  # noqa: ANN401 -- pytest's own, a function without a public type
) -> None:
    found: list[Failure] = []
    count = 0
    for service, document in documents.items():
        known = _asking(stack, document, documents.get(GATEWAY)) if service != GATEWAY else []
        for one, failure in _tried_all(stack, service, document, known, findings):
            count += 1
            findings.put(service, one.operation, ["promises"])
            found += [replace(failure, test=request.node.nodeid)] if failure else []
    if not count:
        pytest.skip("Nobody is asked who comes: no document has security, nor the stack file keys.")
    record_property("cases", count)
    fresh = [one for one in found if findings.note(one)]

    assert not fresh, told(fresh, findings.record)


def _asking(stack: Stack, document: Document, mirror: Document | None) -> list[Asking]:
    return list(guarded_operations(document, mirror, stack.spec.contract))


def _tried_all(
    stack: Stack, service: str, document: Document, known: list[Asking], findings: Findings
) -> Iterator[tuple[UnauthenticatedRequest, Failure | None]]:
    """Try each operation unauthenticated; note what there is nothing to try it on for."""
    promises, parameters = stack.spec.contract, Parameters(document)

    def let_in(sent: SentRequest) -> ObservedResponse:
        return asked(stack.doorstep, entering(parameters.on(sent), promises))

    with DisposableRows(document, let_in, promises.collections) as rows:
        for operation, wrong in known:
            target = rows.target(operation)
            if target is None:
                findings.notes.append(f"{operation.label} was not tried unauthenticated: {NO_ROW}")
                continue
            for one in unauthenticated_requests(operation, target, wrong, parameters):
                answer, said = _tried(stack, service, one)
                rows.note(operation, answer)
                yield one, _failure(stack, service, one, answer, said) if said else None


def _failure(
    stack: Stack, service: str, one: UnauthenticatedRequest, answer: ObservedResponse, said: str
) -> Failure:
    _, again = _tried(stack, service, one)
    return Failure(
        service=service,
        operation=one.operation,
        check=CHECK,
        kind=one.shows,
        method="promises",
        sentence=f"{one.operation}, with {one.shows} to show: {said}.",
        hops=("gateway",),
        request=recorded_request(one.sent),
        gateway=recorded(answer),
        repeated="reproducible" if again else "flaky",
        repetition="asked twice",
    )


def _tried(
    stack: Stack, service: str, one: UnauthenticatedRequest
) -> tuple[ObservedResponse, str | None]:
    with ExitStack() as held:
        url = stack.taps.get(service)
        tap = held.enter_context(TapReader(url)) if url else None
        answer = asked(stack.doorstep, one.sent)
        return answer, refusal(answer, len(tap.arrivals()) if tap else 0)
