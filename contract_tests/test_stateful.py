"""Sequences of calls, each made of the answers before it, are held by the gateway as well."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.schemas import BaseSchema

SETTINGS = settings(
    max_examples=20,
    stateful_step_count=8,
    deadline=None,  # the harness bounds its waits itself, and a slow machine is no failure
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),  # how long drawing takes says nothing of a gateway
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)


@pytest.mark.timeout(300)
def test_the_gateway_keeps_it_over_sequences_of_calls(
    contract: BaseSchema, counted: Callable[[], None]
) -> None:
    class Walk(contract.as_state_machine()):  # type: ignore[misc] # a class made at run time
        """The service's state machine, counted."""

        def after_call(
            self, response: schemathesis.Response, case: "schemathesis.Case[Any]"
        ) -> None:
            counted()
            super().after_call(response, case)

    Walk.run(settings=SETTINGS)
