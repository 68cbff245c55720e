"""What has broken a system for good is told as it was found, and soon."""

import hypothesis
import hypothesis.strategies as st
import pytest

from contract_tests.recording.lasting_damage import LastingDamage

FEW = hypothesis.settings(max_examples=200, database=None, deadline=None, derandomize=True)


class Consumer:
    """Takes numbers; one over 10 ends it, for good unless it is started over."""

    def __init__(self, *, restarts: bool) -> None:
        self.restarts = restarts
        self.alive = True
        self.asked = 0
        self.fatal = 0

    def take(self, number: int) -> None:
        self.asked += 1
        if number > 10 and self.alive:
            self.alive, self.fatal = self.restarts, number
            raise AssertionError(f"{number} ended it")
        assert self.alive, "nobody there"


def smallest(consumer: Consumer) -> str:
    damage = LastingDamage(lambda: consumer.alive)

    @FEW
    @hypothesis.given(st.integers(0, 10_000))
    def hold(number: int) -> None:
        damage.trying(number, lambda: consumer.take(number))

    with pytest.raises(AssertionError) as failed:
        hold()
    return str(failed.value)


def test_a_dead_system_is_asked_no_more_and_what_killed_it_is_told() -> None:
    consumer = Consumer(restarts=False)
    told = smallest(consumer)

    assert told == f"{consumer.fatal} ended it"
    assert consumer.asked < 15


def test_of_a_system_that_comes_back_the_smallest_cause_is_found() -> None:
    assert smallest(Consumer(restarts=True)) == "11 ended it"
