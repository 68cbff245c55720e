"""How long a call of another machine has waited, by clocks that show different times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.clocks import BELIEVED_LATE_S, MOST_SENDERS, Clocks

LEFT_S = 5.0


class Machines:
    """A sender and a receiver whose clocks count from elsewhere."""

    def __init__(self, ahead_s: float = 1_000.0) -> None:
        self.now_s = 50_000.0
        self.ahead_s = ahead_s
        self.clocks = Clocks(clock=lambda: self.now_s)

    def left_s(self, waited_s: float, *, left_s: float = LEFT_S, boot: str = "b") -> float:
        """Return the time left of a call that has waited so long."""
        sent_s = self.now_s + self.ahead_s - waited_s
        due_s = self.clocks.due_s(boot, sent_s=sent_s, left_s=left_s)
        return due_s - self.now_s


@pytest.fixture
def machines() -> Machines:
    return Machines()


@given(
    st.floats(-1e6, 1e6),
    st.lists(st.tuples(st.floats(0, 4.9), st.floats(0, 1.0)), min_size=1, max_size=30),
)
def test_only_what_a_call_waited_longer_than_the_shortest_way_counts(
    ahead_s: float, calls: list[tuple[float, float]]
) -> None:
    machines = Machines(ahead_s)
    shortest_s = 10.0
    for waited_s, pause_s in calls:
        machines.now_s += pause_s
        shortest_s = min(shortest_s, waited_s)

        left_s = machines.left_s(waited_s)

        assert left_s == pytest.approx(LEFT_S - (waited_s - shortest_s), abs=0.05)


def test_a_call_that_waited_longer_than_it_had_is_late(machines: Machines) -> None:
    machines.left_s(0.001)

    assert machines.left_s(LEFT_S + 1.0) < 0
    assert machines.left_s(0.001) == pytest.approx(LEFT_S)


def test_each_machine_has_a_clock_of_its_own(machines: Machines) -> None:
    machines.left_s(0.0, boot="a")

    assert machines.left_s(4.0, boot="b") == pytest.approx(LEFT_S)
    assert machines.left_s(4.0, boot="a") == pytest.approx(1.0)


def test_a_queue_that_stands_for_minutes_is_not_taken_for_the_way(machines: Machines) -> None:
    machines.left_s(0.0)
    for _ in range(600):
        machines.now_s += 0.5
        left_s = machines.left_s(3.0)

    assert left_s == pytest.approx(LEFT_S - 3.0, abs=0.5)


def test_a_sender_whose_clock_stood_still_is_believed_late_for_a_moment_only(
    machines: Machines,
) -> None:
    machines.left_s(0.0)
    machines.ahead_s -= 3_600
    told = []
    for _ in range(40):
        machines.now_s += 0.1
        told.append(machines.left_s(0.0) > 0)
    until = told.index(True)

    assert all(told[until:])
    assert until * 0.1 == pytest.approx(BELIEVED_LATE_S, abs=0.3)


def test_what_was_held_up_in_here_is_late_and_teaches_nothing(machines: Machines) -> None:
    machines.left_s(0.0)
    burst = [machines.left_s(60.0) for _ in range(32)]
    machines.now_s += BELIEVED_LATE_S + 1.0
    fresh = machines.left_s(0.0)

    assert all(left_s < 0 for left_s in burst)
    assert fresh == pytest.approx(LEFT_S)
    assert machines.left_s(60.0) < 0


def test_however_many_boots_are_named_only_so_many_are_remembered(machines: Machines) -> None:
    for n in range(2 * MOST_SENDERS):
        machines.left_s(0.0, boot=f"b{n}")

    assert repr(machines.clocks) == f"<Clocks of {MOST_SENDERS} other machines>"
