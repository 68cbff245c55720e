"""Sequences of calls, each made of the answers before it, are held by the gateway as well."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.core.errors import NoLinksFound
from schemathesis.generation.stateful.state_machine import APIStateMachine
from schemathesis.schemas import BaseSchema

from contract_tests.drift.coverage import Coverage
from contract_tests.recording.call_watch import CallWatch
from contract_tests.recording.session_findings import SEED_OPTION

if TYPE_CHECKING:
    from schemathesis.checks import CheckFunction

RUNS = 5
SETTINGS = settings(
    max_examples=5,
    stateful_step_count=8,
    deadline=None,  # the harness bounds its waits itself, and a slow machine is no failure
    database=None,
    suppress_health_check=list(HealthCheck),  # how long drawing takes says nothing of a gateway
    phases=(Phase.generate,),  # the rows that a walk leaves behind make a shrunk one another walk
)


@pytest.mark.timeout(300)
def test_the_gateway_keeps_it_over_sequences_of_calls(  # noqa: PLR0913, PLR0917 -- one a fixture
    pytestconfig: pytest.Config,
    contract: BaseSchema,
    counted: Callable[[], None],
    watch: CallWatch,
    exercised: Coverage,
    entrance: dict[str, Any],
) -> None:
    failures: list[Exception] = []

    class Walk(contract.as_state_machine()):  # type: ignore[misc] # a class made at run time
        """The service's state machine, counted; what fails is kept."""

        def get_call_kwargs(self, case: "schemathesis.Case[Any]") -> dict[str, Any]:  # noqa: ARG002 -- as its base class
            return entrance

        def call(self, case: "schemathesis.Case[Any]", **options: object) -> schemathesis.Response:
            return watch.call(case, **options)

        def validate_response(
            self, response: schemathesis.Response, case: "schemathesis.Case[Any]", **options: object
        ) -> None:
            counted()
            watch.look()
            checks: list[CheckFunction] = [*watch.checks, exercised]
            try:
                watch.hold(
                    response,
                    case,
                    lambda: case.validate_response(  # as its base class, but for what is left out
                        response,
                        additional_checks=checks,
                        excluded_checks=watch.left_out(case),
                        transport_kwargs=options,
                    ),
                )
            except Exception as failure:
                failures.append(failure)
                raise

    first = RUNS * (pytestconfig.getoption(SEED_OPTION) - 1)
    for seed in range(first, first + RUNS):
        walk(hypothesis.seed(seed)(Walk))
        if failures:
            raise failures[0]


def walk(machine: type[APIStateMachine]) -> None:
    """Run the machine; a run that Hypothesis ends because the data moved under it is complete.

    Rows of earlier walks change what a later one may do, and Hypothesis takes that for flakiness.
    Schemathesis' own engine lets it pass in the same way.
    """
    try:
        machine.run(settings=SETTINGS)
    except FlakyStrategyDefinition:
        return
    except NoLinksFound:
        pytest.skip("The document links no operation to another: there is no sequence to make.")
