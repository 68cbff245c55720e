"""What is left over is what does not come back to its baseline in time."""

import time
from collections.abc import Sequence

import pytest

from contract_tests.faults import leftovers
from contract_tests.faults.leftovers import (
    POOLED_DESCRIPTORS,
    TOLD_AFTER_S,
    Counts,
    Leftovers,
    channels_told,
)
from reports.record.fault_trials import Residue
from testcontainers_fixtures.errors import StackError

BEFORE = {"connections": 5, "channels": 9, "descriptors of gateway": 40}
# The channels of each connection, as its statistics tell them.
ALL = (1, 2, 2, 2, 2)


class Told(Leftovers):
    """Leftovers that read what they are told to, the last of it for ever."""

    def __init__(
        self, reads: Sequence[Counts | StackError], channels: Sequence[tuple[int, ...]] = (ALL,)
    ) -> None:
        self.reads = list(reads)
        self.channels = list(channels)

    def told(self) -> tuple[int, ...]:
        return self.channels.pop(0) if len(self.channels) > 1 else self.channels[0]

    def counts(self) -> Counts:
        read = self.reads.pop(0) if len(self.reads) > 1 else self.reads[0]
        if isinstance(read, StackError):
            raise read
        return read


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a moment only."""
    monkeypatch.setattr(leftovers, "POLL_S", 0.001)
    monkeypatch.setattr(leftovers, "BACK_WITHIN_S", 0.05)


def over(found: Sequence[Residue]) -> list[str]:
    return [one.what for one in found if one.after > one.most]


def test_what_comes_back_after_a_while_is_not_left_over() -> None:
    told = Told([BEFORE | {"connections": 9}, StackError("away"), BEFORE])

    assert over(told.left(BEFORE)) == []


def test_what_does_not_come_back_is_named_with_both_counts() -> None:
    found = Told([BEFORE | {"channels": 10}]).left(BEFORE)

    assert over(found) == ["channels"]
    assert Residue(what="channels", before=9, after=10, most=9) in found


def test_pools_may_grow_by_so_many_descriptors_and_no_more() -> None:
    most = 40 + POOLED_DESCRIPTORS

    assert over(Told([BEFORE | {"descriptors of gateway": most}]).left(BEFORE)) == []
    assert over(Told([BEFORE | {"descriptors of gateway": most + 1}]).left(BEFORE)) == [
        "descriptors of gateway"
    ]


def test_what_the_broker_has_not_told_of_yet_may_be_left_over_as_well() -> None:
    more = BEFORE | {"channels": 11}
    told = Told([BEFORE | {"channels": 4}, more], channels=[(2, 2, 0, 0, 0), (3, 2, 2, 2, 2)])

    assert over(told.left(BEFORE)) == ["channels"]


def test_what_can_never_be_read_is_an_error() -> None:
    with pytest.raises(StackError, match="away"):
        Told([StackError("away")]).left(BEFORE)


def test_a_baseline_waits_until_the_broker_has_told_of_each_connections_channels() -> None:
    early = BEFORE | {"channels": 4}
    told = [(2, 2, 0, 0, 0), (2, 2, 0, 0, 0), ALL]

    assert Told([early, early, early, BEFORE, BEFORE], channels=told).baseline() == BEFORE


def test_a_baseline_waits_until_the_channels_themselves_are_listed() -> None:
    early = BEFORE | {"channels": 0}

    assert Told([early, early, early, early, BEFORE]).baseline() == BEFORE


def test_a_baseline_waits_while_no_channel_is_told_of_at_all() -> None:
    early, nothing = BEFORE | {"channels": 0}, (0, 0, 0, 0, 0)

    assert Told([early, early, BEFORE], channels=[nothing, nothing, ALL]).baseline() == BEFORE


def test_a_baseline_waits_while_no_connection_is_told_of_at_all() -> None:
    early = BEFORE | {"channels": 0}

    assert (
        Told([early, early, early, BEFORE], channels=[(), (), ALL[:-1], ALL]).baseline() == BEFORE
    )


def test_a_baseline_that_never_agrees_with_itself_is_the_last_that_was_read() -> None:
    assert Told([BEFORE], channels=[(1, 1, 1, 1, 1)]).baseline() == BEFORE


def test_what_is_told_of_a_young_connection_may_be_but_its_first_channel() -> None:
    young = {"channels": 1, "connected_at": (time.time() - TOLD_AFTER_S / 2) * 1000}
    old = {"channels": 2, "connected_at": (time.time() - TOLD_AFTER_S - 1) * 1000}

    assert [channels_told(one) for one in (young, old, {"connected_at": 0})] == [0, 2, 0]
