"""The schedule of an open loop."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.arrivals import ARRIVALS, constant, length_s, poisson

rates = st.floats(min_value=0.5, max_value=2_000)
durations = st.floats(min_value=0.5, max_value=20)


@given(kind=st.sampled_from(sorted(ARRIVALS)), rate=rates, duration=durations, seed=st.integers())
def test_arrivals_are_sorted_and_within_the_phase(
    kind: str, rate: float, duration: float, seed: int
) -> None:
    offsets = ARRIVALS[kind](rate, duration, seed)

    assert list(offsets) == sorted(offsets)
    assert all(0 <= offset < duration for offset in offsets)


@given(kind=st.sampled_from(sorted(ARRIVALS)), rate=rates, duration=durations)
def test_the_offered_rate_is_the_one_asked_for(kind: str, rate: float, duration: float) -> None:
    offsets = ARRIVALS[kind](rate, duration, 1)

    assert len(offsets) == max(1, round(rate * duration))


def test_equal_seeds_give_equal_arrivals_and_others_do_not() -> None:
    assert poisson(200, 5, 1) == poisson(200, 5, 1)
    assert poisson(200, 5, 1) != poisson(200, 5, 2)


def test_poisson_arrivals_are_as_bunched_as_a_poisson_process() -> None:
    counts = [0] * 1_000
    for offset in poisson(20, 1_000, 7):
        counts[int(offset)] += 1
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)

    # A Poisson count's variance is its mean; 1,000 bins tell it to about 5 % (one sigma).
    assert variance / mean == pytest.approx(1.0, abs=0.2)


def test_the_gaps_of_poisson_arrivals_have_no_memory() -> None:
    offsets = poisson(100, 200, 3)
    gaps = [after - before for before, after in pairwise(offsets)]
    long = [gap for gap in gaps if gap > 0.01]

    # P(gap > 2t | gap > t) = P(gap > t) = 1/e
    assert len(long) / len(gaps) == pytest.approx(0.368, abs=0.02)
    assert sum(gap > 0.02 for gap in long) / len(long) == pytest.approx(0.368, abs=0.03)


def test_constant_arrivals_are_equally_far_apart() -> None:
    assert constant(4, 1) == pytest.approx((0.0, 0.25, 0.5, 0.75))


@pytest.mark.parametrize(
    ("rate_per_s", "expected_s"),
    [
        pytest.param(500, 6, id="a fast system needs no longer than asked for"),
        pytest.param(50, 10, id="a slow one gets the time its samples need"),
        pytest.param(2, 15, id="a very slow one is given up on"),
    ],
)
def test_a_phase_lasts_until_its_samples_are_planned(rate_per_s: float, expected_s: float) -> None:
    assert length_s(rate_per_s, least_s=6, most_s=15, samples=500) == expected_s


@pytest.mark.parametrize("rate_per_s", [0, -1])
def test_a_rate_of_nothing_is_refused(rate_per_s: float) -> None:
    with pytest.raises(ValueError, match="above 0 requests per second"):
        poisson(rate_per_s, 1, 1)
