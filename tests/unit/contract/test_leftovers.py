"""What is left over is what does not come back to its baseline in time."""

from collections.abc import Sequence

import pytest

from contract_tests.proof import leftovers
from contract_tests.proof.leftovers import POOLED_DESCRIPTORS, Counts, Leftovers
from reports.trials import Residue
from testcontainers_fixtures.errors import StackError

BEFORE = {"connections": 5, "channels": 9, "descriptors of gateway": 40}


class Told(Leftovers):
    """Leftovers that read what they are told to, the last of it for ever."""

    def __init__(
        self, reads: Sequence[Counts | StackError], connections: Sequence[int] = (5,)
    ) -> None:
        self.reads = list(reads)
        self.connections = list(connections)

    def told(self) -> int:
        return self.connections.pop(0) if len(self.connections) > 1 else self.connections[0]

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


def test_what_can_never_be_read_is_an_error() -> None:
    with pytest.raises(StackError, match="away"):
        Told([StackError("away")]).left(BEFORE)


def test_a_baseline_waits_until_the_broker_has_told_of_each_connections_channels() -> None:
    early = BEFORE | {"channels": 4}

    assert Told([early, early, early, BEFORE, BEFORE], connections=[2, 2, 5]).baseline() == BEFORE
