"""Every operation that a service publishes is held by the gateway, under every check there is.

One of the checks is that the service's twin, past the gateway, answers the same bytes alike.
"""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from schemathesis.checks import CheckFunction

contract = schemathesis.pytest.from_fixture("contract")


@pytest.mark.timeout(300)
@contract.parametrize()
def test_the_gateway_keeps_what_the_service_publishes(
    case: "schemathesis.Case[Any]", counted: Callable[[], None], parity: list[CheckFunction]
) -> None:
    counted()
    case.call_and_validate(additional_checks=parity)
