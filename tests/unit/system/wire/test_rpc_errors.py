"""Each fault has a reason, a sentence and a status; each low-level error becomes a fault."""

import pytest
from starlette.requests import Request

from system.gateway import problem_table
from system.wire import rpc_errors


def test_every_fault_that_can_travel_has_a_status() -> None:
    assert set(problem_table.STATUS) == set(rpc_errors.leaves().values())


@pytest.mark.parametrize("reason", rpc_errors.leaves())
def test_a_reason_names_the_fault_it_came_from(reason: str) -> None:
    fault = rpc_errors.fault_for(reason, "why")

    assert (fault.reason, str(fault)) == (reason, "why")


def test_a_reason_this_version_does_not_know_may_have_run() -> None:
    assert isinstance(rpc_errors.fault_for("from_the_future", "x"), rpc_errors.OutcomeUnknownError)


async def test_only_what_was_not_run_invites_another_try() -> None:
    request = Request({"type": "http"})
    inviting = {
        kind
        for kind in rpc_errors.leaves().values()
        if "retry-after" in (await problem_table.answer(request, kind())).headers
    }

    assert all(issubclass(kind, rpc_errors.NotRunError) for kind in inviting)
    assert {
        rpc_errors.NoResponderError,
        rpc_errors.BrokerDownError,
        rpc_errors.OverloadError,
    } <= inviting
