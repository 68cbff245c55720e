"""The gateway's own OpenAPI document says what the services' documents say."""

from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.differences import Difference
from contract_tests.parity import Twin
from contract_tests.schemas import drift
from contract_tests.vacuity import vacuous
from contract_tests.witnesses import HARMLESS, witness
from testcontainers_fixtures.stack import Stack

Documents = dict[str, dict[str, Any]]


@pytest.mark.timeout(180)
def test_the_gateway_publishes_what_its_services_publish(
    stack: Stack, documents: Documents
) -> None:
    services = {name: one for name, one in documents.items() if name}
    if "" not in documents:
        pytest.skip("The stack file names no openapi of the gateway: nothing to hold on paper.")
    found = drift(services, documents[""])
    if not stack.ours:
        # It may stand before services of which nothing was said.
        found = [one for one in found if one.service]

    assert not found, "\n".join(_told(stack, services, found))


def test_no_published_answer_is_a_promise_of_nothing(documents: Documents) -> None:
    found = [sentence for one in documents.values() for sentence in vacuous(one)]

    assert not found, "\n".join(found)


def _told(stack: Stack, services: Documents, found: list[Difference]) -> Iterator[str]:
    if stack.ours:
        stack.reset()
    for difference in found:
        yield difference.sentence
        yield from _shown(stack, services, difference)


def _shown(stack: Stack, services: Documents, difference: Difference) -> Iterator[str]:
    name = difference.service
    if name not in stack.twins:
        return
    twin = Twin(stack.twins[name], stack.spec.contract)
    shown = witness(difference, services[name], stack.gateway, twin, stack.spec.contract)
    if shown is None:
        yield f"    {HARMLESS}"
        return
    yield from (f"    {one.sentence}" for one in shown.mismatches)
    yield f"    {shown.curl}"
