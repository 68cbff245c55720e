"""What holds for any collection: stories of rows, bytes that hops like to tidy up, many at a time.

Every request is put to the service's twin as well, where it has one, and both must agree; where the
service has a tap, what arrives there must be what was sent.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

import pytest

from contract_tests.crowd import mixed_up, overstayed
from contract_tests.forwarding import unlike
from contract_tests.promises import Broken, Teller
from contract_tests.resources import resources
from contract_tests.sides import Sides
from contract_tests.sources import Document
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.taps.records import TapReader

Count = Callable[[str, object], None]
_SHOWN = 10


@pytest.fixture(scope="module")
def taps(stack: Stack) -> Iterator[dict[str, TapReader]]:
    """Give a reader of each tap, by the service before which it stands."""
    with ExitStack() as readers:
        yield {n: readers.enter_context(TapReader(url)) for n, url in stack.taps.items()}


@pytest.fixture(scope="module")
def tellers(
    stack: Stack, documents: dict[str, Document], taps: dict[str, TapReader]
) -> list[Teller]:
    """Return who tells of each collection, over rows that are fresh once: both sides keep step."""
    promises = stack.spec.contract
    found = [
        Teller(Sides(stack.gateway, stack.twins.get(name), promises, taps.get(name)), one)
        for name, document in documents.items()
        if name  # "" is the gateway's own
        for one in resources(document)
    ]
    if not found:
        pytest.skip("No document publishes a collection: a GET that answers an array of objects.")
    if stack.ours:
        stack.reset()
    for tap in taps.values():
        tap.skip()  # what proved that all is up again
    return found


@pytest.mark.timeout(300)
def test_a_row_is_what_was_sent_from_its_creation_to_its_deletion(
    tellers: list[Teller], record_property: Count
) -> None:
    _hold((one for teller in tellers for one in teller.stories()), tellers, record_property)


@pytest.mark.timeout(300)
def test_nothing_is_tidied_up_on_the_way(tellers: list[Teller], record_property: Count) -> None:
    _hold((one for teller in tellers for one in unlike(teller)), tellers, record_property)


@pytest.mark.timeout(300)
def test_each_of_many_callers_gets_the_answer_to_its_own_request(
    tellers: list[Teller], record_property: Count
) -> None:
    _hold(mixed_up(tellers), tellers, record_property)


@pytest.mark.timeout(300)
def test_a_deadline_that_nobody_can_keep_is_said_to_have_passed(
    stack: Stack, tellers: list[Teller], record_property: Count
) -> None:
    header = stack.spec.telemetry.deadline_header
    if header is None:
        pytest.skip("The stack file names no deadline_header.")
    broken = (one for teller in tellers for one in overstayed(teller, header))
    _hold(broken, tellers, record_property)


def _hold(broken: Iterable[Broken], tellers: list[Teller], record: Count) -> None:
    before = sum(teller.sides.asked for teller in tellers)
    found = list(broken)
    record("cases", sum(teller.sides.asked for teller in tellers) - before)

    assert not found, "\n".join(f"{one.sentence}\n    {one.curl}" for one in found[:_SHOWN])
