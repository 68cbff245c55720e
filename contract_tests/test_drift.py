"""The gateway's own OpenAPI document says what the services' documents say."""

from typing import Any, Final

import pytest
from msgspec.structs import replace

from contract_tests.complaints import differing, plain, recorded, sent
from contract_tests.differences import Difference
from contract_tests.documents import operations
from contract_tests.findings import Findings, told
from contract_tests.parity import Twin
from contract_tests.schemas import drift
from contract_tests.vacuity import vacuous
from contract_tests.witnesses import HARMLESS, Witness, witness
from reports.failures import Failure
from testcontainers_fixtures.stack import Stack

DRIFT: Final = "drift on paper"
VACUOUS: Final = "a promise of nothing"
ON_PAPER: Final = "documents say the same whenever they are read"
SEEDED: Final = "seeded"
Documents = dict[str, dict[str, Any]]


@pytest.mark.timeout(180)
def test_the_gateway_publishes_what_its_services_publish(
    request: pytest.FixtureRequest, stack: Stack, documents: Documents, findings: Findings
) -> None:
    services = {name: one for name, one in documents.items() if name}
    if "" not in documents:
        pytest.skip("The stack file names no openapi of the gateway: nothing to hold on paper.")
    found = drift(services, documents[""], asks=bool(stack.spec.contract.credentials))
    if not stack.ours:
        # It may stand before services of which nothing was said.
        found = [one for one in found if one.service]

    for service, document in services.items():
        for operation in operations(document).values():
            findings.put(service, operation.label, ["paper"])
    if found and stack.ours:
        stack.reset()
    drawn = [_failure(stack, services, one, request.node.nodeid) for one in found]
    fresh = [one for one in drawn if findings.note(one)]

    assert not fresh, told(fresh, findings.record)


def test_no_published_answer_is_a_promise_of_nothing(
    request: pytest.FixtureRequest, documents: Documents, findings: Findings
) -> None:
    found = [
        Failure(
            service=name,
            operation=sentence.partition(",")[0],
            check=VACUOUS,
            kind=sentence.partition(", ")[2],
            method="paper",
            sentence=sentence,
            test=request.node.nodeid,
            repeated="reproducible",
            repetition=ON_PAPER,
        )
        for name, one in documents.items()
        for sentence in vacuous(one)
    ]
    fresh = [one for one in found if findings.note(one)]

    assert not fresh, told(fresh, findings.record)


def _failure(stack: Stack, services: Documents, difference: Difference, test: str) -> Failure:
    """Return a difference as a failure, with the request that shows it where there is one."""
    shown = _witness(stack, services, difference)
    harmless = f" ({HARMLESS})" if shown is None and difference.service in stack.twins else ""
    failure = Failure(
        service=difference.service,
        operation=difference.operation,
        check=DRIFT,
        kind=difference.where,
        method="paper",
        sentence=plain(f"{difference.sentence}{harmless}"),
        test=test,
        data=SEEDED,
        hops=("gateway",),
        repeated="reproducible",
        repetition=ON_PAPER,
    )
    if shown is None:
        return failure
    return replace(
        failure,
        request=sent(shown.sent),
        gateway=recorded(shown.gateway),
        twin=recorded(shown.twin),
        differences=differing(shown.mismatches),
    )


def _witness(stack: Stack, services: Documents, difference: Difference) -> Witness | None:
    name, promises = difference.service, stack.spec.contract
    if name not in stack.twins:
        return None
    twin = Twin(stack.twins[name], promises)
    return witness(difference, services[name], stack.gateway, twin, promises)
