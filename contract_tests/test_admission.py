"""A gateway that asks who comes asks everybody, at each operation, and lets no stranger through."""

from contextlib import ExitStack
from typing import Any, Final

import pytest

from contract_tests.admission import Stranger, refusal, strangers
from contract_tests.complaints import asked as recorded_request
from contract_tests.complaints import recorded
from contract_tests.findings import Findings, told
from contract_tests.parity import Answer
from contract_tests.sides import asked
from contract_tests.sources import GATEWAY
from reports.failures import Failure
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.taps.records import TapReader

CHECK: Final = "who may come in"
Documents = dict[str, dict[str, Any]]


@pytest.mark.timeout(180)
def test_no_stranger_comes_in(
    request: pytest.FixtureRequest,
    stack: Stack,
    documents: Documents,
    findings: Findings,
    record_property: Any,  # noqa: ANN401 -- pytest's own, a function without a public type
) -> None:
    known, mirror = stack.spec.contract.credentials, documents.get(GATEWAY)
    found, count = [], 0
    for service, document in documents.items():
        for one in strangers(document, mirror, known) if service != GATEWAY else ():
            count += 1
            failure = _failure(stack, service, one, request.node.nodeid)
            findings.put(service, one.operation, ["promises"])
            found += [failure] if failure else []
    if not count:
        pytest.skip("Nobody is asked who comes: no document has security, nor the stack file keys.")
    record_property("cases", count)
    fresh = [one for one in found if findings.note(one)]

    assert not fresh, told(fresh)


def _failure(stack: Stack, service: str, one: Stranger, test: str) -> Failure | None:
    answer, said = _tried(stack, service, one)
    if said is None:
        return None
    _, again = _tried(stack, service, one)
    return Failure(
        service=service,
        operation=one.operation,
        check=CHECK,
        kind=one.shows,
        method="promises",
        sentence=f"{one.operation}, with {one.shows} to show: {said}.",
        test=test,
        hops=("gateway",),
        request=recorded_request(one.sent),
        gateway=recorded(answer),
        repeated="reproducible" if again else "flaky",
        repetition="asked twice",
    )


def _tried(stack: Stack, service: str, one: Stranger) -> tuple[Answer, str | None]:
    with ExitStack() as held:
        url = stack.taps.get(service)
        tap = held.enter_context(TapReader(url)) if url else None
        answer = asked(stack.doorstep, one.sent)
        return answer, refusal(answer, len(tap.arrivals()) if tap else 0)
