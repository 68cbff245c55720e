"""What holds for any collection: stories of rows, bytes that hops like to tidy up, many at a time.

Every request is put to the service's twin as well, where it has one, and both must agree; where the
service has a tap, what arrives there must be what was sent. Forms, packed answers and such without
a body are asked of every operation, be it of a collection or not.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from contract_tests.drift.document_sources import Document
from contract_tests.hops.paired_client import PairedClient
from contract_tests.recording.check_runner import CheckRunner, Count, noting_client
from contract_tests.recording.session_findings import Findings
from contract_tests.stories.byte_fidelity import unlike
from contract_tests.stories.concurrency import mixed_up, overstayed
from contract_tests.stories.lifecycle import LifecycleChecks
from contract_tests.stories.plain_exchanges import PlainExchanges
from contract_tests.stories.resources import resources
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.taps.records import TapReader


@pytest.fixture(scope="module")
def taps(stack: Stack) -> Iterator[dict[str, TapReader]]:
    """Give a reader of each tap, by the service before which it stands."""
    with ExitStack() as readers:
        yield {n: readers.enter_context(TapReader(url)) for n, url in stack.taps.items()}


@pytest.fixture(scope="module")
def tellers(
    stack: Stack,
    documents: dict[str, Document],
    taps: dict[str, TapReader],
    findings: Findings,
) -> list[LifecycleChecks]:
    """Return who tells of each collection, over rows that are fresh once: both sides keep step."""
    found = [
        LifecycleChecks(noting_client(stack, name, document, taps.get(name), findings), one)
        for name, document in documents.items()
        if name  # "" is the gateway's own
        for one in resources(document, stack.spec.contract.collections)
    ]
    if not found:
        pytest.skip(
            "No document publishes a collection: a GET that answers an array of objects, or an "
            "object with one such array, in which they have their key. `collections` of [contract] "
            "says where a list stands that nobody can guess."
        )
    _start_over(stack, findings, taps)
    return found


@pytest.fixture
def hold(
    request: pytest.FixtureRequest,
    stack: Stack,
    findings: Findings,
    tellers: list[LifecycleChecks],
    record_property: Count,
) -> CheckRunner:
    """Give who holds what a test tells."""
    sides = [teller.sides for teller in tellers]
    return CheckRunner(stack, findings, sides, request.node.nodeid, record_property)


@pytest.mark.timeout(300)
def test_a_row_is_what_was_sent_from_its_creation_to_its_deletion(
    tellers: list[LifecycleChecks], hold: CheckRunner
) -> None:
    hold(lambda: (one for teller in tellers for one in teller.stories()))


@pytest.mark.timeout(300)
def test_nothing_is_tidied_up_on_the_way(tellers: list[LifecycleChecks], hold: CheckRunner) -> None:
    hold(lambda: (one for teller in tellers for one in unlike(teller)))


@pytest.mark.timeout(300)
def test_each_of_many_callers_gets_the_answer_to_its_own_request(
    tellers: list[LifecycleChecks], hold: CheckRunner
) -> None:
    hold(lambda: mixed_up(tellers))


@pytest.mark.timeout(300)
def test_a_deadline_that_nobody_can_keep_is_said_to_have_passed(
    stack: Stack, tellers: list[LifecycleChecks], hold: CheckRunner
) -> None:
    header = stack.spec.telemetry.deadline_header
    if header is None:
        pytest.skip("The stack file names no deadline_header.")
    hold(lambda: (one for teller in tellers for one in overstayed(teller, header)))


@pytest.fixture(scope="module")
def plain(
    stack: Stack,
    documents: dict[str, Document],
    taps: dict[str, TapReader],
    findings: Findings,
) -> list[PlainExchanges]:
    """Return who asks the operations of each service, over rows that are fresh."""
    found = [
        PlainExchanges(noting_client(stack, name, document, taps.get(name), findings), document)
        for name, document in documents.items()
        if name
    ]
    _start_over(stack, findings, taps)
    return found


def _start_over(stack: Stack, findings: Findings, taps: Mapping[str, TapReader]) -> None:
    """Make the data fresh, where it is ours to, and forget what arrived meanwhile."""
    if stack.ours:
        stack.reset()
        findings.fresh()
    for tap in taps.values():
        tap.skip()  # what proved that all is up again


@pytest.fixture
def hold_plain(
    request: pytest.FixtureRequest,
    stack: Stack,
    findings: Findings,
    plain: list[PlainExchanges],
    record_property: Count,
) -> CheckRunner:
    """Give who holds what a test tells of them."""
    sides = [one.sides for one in plain]
    return CheckRunner(stack, findings, sides, request.node.nodeid, record_property)


@pytest.mark.timeout(300)
def test_a_form_arrives_byte_for_byte(plain: list[PlainExchanges], hold_plain: CheckRunner) -> None:
    if not any(one.takes_forms for one in plain):
        pytest.skip("No document publishes an operation that takes a form.")
    hold_plain(lambda: (broken for one in plain for broken in one.forms()))
    _require_seen(one.sides for one in plain if one.takes_forms)


@pytest.mark.timeout(300)
def test_an_answer_that_is_packed_or_has_no_body_stays_so(
    plain: list[PlainExchanges], hold_plain: CheckRunner
) -> None:
    if not any(one.reads_known for one in plain):
        pytest.skip("No document publishes a GET.")
    hold_plain(lambda: (broken for one in plain for broken in one.reads()))
    _require_seen(one.sides for one in plain if one.reads_known)


def _require_seen(sides: Iterable[PairedClient]) -> None:
    """Skip where nobody saw what became of requests: that they were answered says too little."""
    if not any(one.twin or one.tap for one in sides):
        pytest.skip("Nobody sees what the service gets or gives: it takes `twin` or `tap`.")
