"""Every operation that a service publishes is held by the gateway, under every check there is.

Two of the checks are that the service receives what was sent, and that its twin, past the gateway,
answers the same bytes alike; a failure of either names the guilty hop.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis

from contract_tests.drift.coverage import Coverage
from contract_tests.recording.call_watch import CallWatch

if TYPE_CHECKING:
    from schemathesis.checks import CheckFunction

contract = schemathesis.pytest.from_fixture("contract")


@pytest.mark.timeout(300)
@contract.parametrize()
def test_the_gateway_keeps_what_the_service_publishes(
    case: "schemathesis.Case[Any]",
    counted: Callable[[], None],
    watch: CallWatch,
    exercised: Coverage,
    entrance: dict[str, Any],
) -> None:
    counted()
    response = watch.call(case, **entrance)
    watch.look()
    checks: list[CheckFunction] = [*watch.checks, exercised]
    watch.hold(
        response,
        case,
        lambda: case.validate_response(
            response,
            additional_checks=checks,
            excluded_checks=watch.left_out(case),
            transport_kwargs=entrance,
        ),
    )
