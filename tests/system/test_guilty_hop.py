"""Each hop is spoilt in turn, and a failure of the suite's checks names the one that was."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.core.failures import Failure

from contract_tests.drift.document_sources import documents
from contract_tests.hops.received import Received
from contract_tests.hops.wiretap import Wiretap
from contract_tests.mutants.mutant_stack import with_defect
from contract_tests.recording.call_watch import CallWatch
from contract_tests.recording.remembering_twin import RememberingTwin
from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import StackSpec
from testcontainers_fixtures.taps.records import TapReader

pytestmark = pytest.mark.timeout(180)

SERVICE = "srv_clients"
Call = tuple[str, str, dict[str, Any]]

LIST: Call = ("/clients", "GET", {"query": {"limit": 3, "offset": 2}})
LONG: Call = ("/clients", "GET", {"query": {"limit": 90}})
MISSING: Call = ("/clients/{client_id}", "GET", {"path_parameters": {"client_id": 999_999}})
BODY = {
    "body": {"surname": "A", "name": "B", "country": "C"},
    "media_type": "application/json",
}
CREATE: Call = ("/clients", "POST", BODY)
CHANGE: Call = ("/clients/{client_id}", "PATCH", BODY | {"path_parameters": {"client_id": 3}})

RECEIVED = ["received_as_sent"]
TWIN = ["answers_as_its_twin"]
BOTH = RECEIVED + TWIN
ROWS = [
    # part, defect, call, the checks that fail, whom they name
    ("gateway", "gateway_query_dropped", LIST, BOTH, "gateway"),
    ("resolver", "resolver_query_dropped", LIST, BOTH, "resolver"),
    ("resolver", "resolver_changes_twice", CHANGE, RECEIVED, "resolver"),
    ("gateway", "gateway_every_answer_200", CHANGE, TWIN, "gateway"),
    ("gateway", "gateway_detail_nested", MISSING, TWIN, "gateway"),
    ("resolver", "resolver_answer_cut_at_4_kib", LONG, TWIN, "resolver"),
    (SERVICE, "service_offset_off_by_one", LIST, TWIN, "service"),
    # The last: from here on service and twin have other rows.
    ("gateway", "gateway_no_header_passed", CREATE, BOTH, "gateway"),
    ("resolver", "resolver_headers_dropped", CREATE, BOTH, "resolver"),
    ("gateway", "gateway_post_sent_twice", CREATE, BOTH, "gateway"),
]


@pytest.fixture(scope="module")
def tapped(stack_spec: StackSpec, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give a stack to be spoilt: a defect is put in where the harness's sources are."""
    folder = tmp_path_factory.mktemp("tapped")
    with start_stack(stack_spec, run_folder=folder, engine="processes", taps=True) as stack:
        yield stack


@pytest.fixture(scope="module")
def contract(tapped: Stack) -> schemathesis.schemas.BaseSchema:
    schema = schemathesis.openapi.from_dict(documents(tapped, {})[SERVICE])
    schema.config.update(base_url=tapped.gateway)
    return schema


@pytest.fixture(scope="module")
def wiretap(tapped: Stack) -> Iterator[Wiretap]:
    assert tapped.amqp
    assert tapped.management
    with Wiretap(
        amqp_url=tapped.amqp, management_url=tapped.management, vhost="gateway", queues=["resolve"]
    ) as wiretap:
        yield wiretap


def test_what_is_not_spoilt_is_received_as_sent_and_answered_alike(
    tapped: Stack, contract: schemathesis.schemas.BaseSchema, wiretap: Wiretap
) -> None:
    for call in (LIST, LONG, MISSING, CREATE, CHANGE):
        assert _made(tapped, contract, wiretap, call) == {}


@pytest.mark.parametrize(("part", "defect", "call", "failing", "guilty"), ROWS)
def test_the_hop_that_is_spoilt_is_the_one_that_is_named(  # noqa: PLR0913, PLR0917 -- a row's columns
    tapped: Stack,
    contract: schemathesis.schemas.BaseSchema,
    wiretap: Wiretap,
    part: str,
    defect: str,
    call: Call,
    failing: list[str],
    guilty: str,
) -> None:
    clean = tapped.spec
    _made(tapped, contract, wiretap, call)  # an earlier call is not taken for the failing one
    tapped.spec = with_defect(clean, defect, part)
    try:
        tapped.restart(part)
        found = _made(tapped, contract, wiretap, call)
    finally:
        tapped.spec = clean
        tapped.restart(part)

    assert list(found) == failing
    assert {message.rpartition("\n")[2] for message in found.values()} == {f"Guilty: {guilty}."}


def _made(
    stack: Stack, contract: schemathesis.schemas.BaseSchema, wiretap: Wiretap, call: Call
) -> dict[str, str]:
    """Make a call and return what fails, by the name of the check."""
    path, method, about = call
    twin = RememberingTwin(stack.twins[SERVICE], stack.spec.contract)
    with TapReader(stack.taps[SERVICE]) as tap:
        watch = CallWatch(stack.spec, Received(tap, stack.spec.contract), twin, wiretap)
        case = contract[path][method].Case(**about)
        response = case.call()
        watch.look()
        found = {}
        for check in watch.checks:
            try:
                check(None, response, case)  # type: ignore[arg-type] # they need no context
            except Failure as failure:
                found[check.__name__] = failure.message
    return found
