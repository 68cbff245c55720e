"""A time budget lets begin what still fits."""

import pytest

from loadtests.sweep.time_budget import END_S, TimeBudget, length_s
from testcontainers_fixtures.errors import SpecError


def test_what_fits_before_the_end_may_begin_and_nothing_else() -> None:
    now = [1_000.0]
    budget = TimeBudget(whole_s=100.0, now_s=lambda: now[0], begun_s=1_000.0)

    assert budget.allows(100.0 - END_S)
    now[0] += 50.0
    assert budget.allows(50.0 - END_S)
    assert not budget.allows(51.0 - END_S)
    assert budget.left_s == 50.0


def test_without_a_budget_everything_fits() -> None:
    assert TimeBudget().allows(1e9)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("90s", 90.0), ("10m", 600.0), ("1.5h", 5_400.0)]
)
def test_lengths_of_time_are_read(text: str, seconds: float) -> None:
    assert length_s("--budget", text) == seconds


@pytest.mark.parametrize("text", ["ten", "5s", "-1m", "1d", "", "9" * 5_000])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="--budget takes a length of time"):
        length_s("--budget", text)
