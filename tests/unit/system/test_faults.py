"""Each fault has a reason, a sentence and a status; each low-level error becomes a fault."""

import pytest
from starlette.requests import Request

from system.gateway import problems
from system.wire import faults


def test_every_fault_that_can_travel_has_a_status() -> None:
    assert set(problems.STATUS) == set(faults.leaves().values())


@pytest.mark.parametrize("reason", faults.leaves())
def test_a_reason_names_the_fault_it_came_from(reason: str) -> None:
    fault = faults.fault_for(reason, "why")

    assert (fault.reason, str(fault)) == (reason, "why")


def test_a_reason_this_version_does_not_know_may_have_run() -> None:
    assert isinstance(faults.fault_for("from_the_future", "x"), faults.OutcomeUnknown)


async def test_only_what_was_not_run_invites_another_try() -> None:
    request = Request({"type": "http"})
    inviting = {
        kind
        for kind in faults.leaves().values()
        if "retry-after" in (await problems.answer(request, kind())).headers
    }

    assert all(issubclass(kind, faults.NotRun) for kind in inviting)
    assert {faults.NoResponder, faults.BrokerDown, faults.Overload} <= inviting
