"""Rates that change with time, and the arrivals that follow them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.plan.rate_curves import Piece, RateCurve, ramp, spike, steps

rates = st.floats(min_value=0, max_value=1_000)
lengths = st.floats(min_value=0.1, max_value=60)
shares = st.floats(min_value=0, max_value=1)


def expected_until(piece: Piece, time_s: float) -> float:
    """Return the integral of the rate from the piece's begin."""
    slope = (piece.to_per_s - piece.from_per_s) / piece.length_s
    return piece.from_per_s * time_s + slope * time_s**2 / 2


@given(length_s=lengths, begin=rates, end=rates, share=shares)
def test_a_count_is_reached_where_the_rate_adds_up_to_it(
    length_s: float, begin: float, end: float, share: float
) -> None:
    piece = Piece(length_s=length_s, from_per_s=begin, to_per_s=end)
    reached_s = piece.reached_s(share * piece.expected)

    assert 0 <= reached_s <= length_s
    assert expected_until(piece, reached_s) == pytest.approx(share * piece.expected, abs=1e-3)


@given(begin=rates, end=rates, length_s=lengths, seed=st.integers())
def test_arrivals_are_sorted_within_the_phase_and_as_many_as_expected(
    begin: float, end: float, length_s: float, seed: int
) -> None:
    curve = ramp(begin, end, length_s)
    offsets = curve.arrivals_s(seed)

    assert list(offsets) == sorted(offsets)
    assert all(0 <= offset <= length_s for offset in offsets)
    assert len(offsets) == round(curve.expected)


def counts(curve: RateCurve, edges_s: list[float]) -> list[int]:
    """Return how many arrivals lie between each two edges."""
    offsets = curve.arrivals_s(1)
    return [sum(a <= offset < b for offset in offsets) for a, b in pairwise(edges_s)]


def test_a_ramp_has_three_quarters_of_its_arrivals_in_the_second_half_when_it_begins_at_none() -> (
    None
):
    first, second = counts(ramp(0, 400, 20), [0, 10, 20])

    assert first + second == 4_000
    assert second == pytest.approx(3_000, rel=0.03)


def test_steps_last_equally_long() -> None:
    assert counts(steps((50, 100, 200), 30), [0, 10, 20, 30]) == pytest.approx(
        [500, 1_000, 2_000], rel=0.06
    )


def test_a_spike_begins_and_ends_when_it_should() -> None:
    curve = spike(100, 400, at_s=5, for_s=2, duration_s=10)

    assert counts(curve, [0, 5, 7, 10]) == pytest.approx([500, 800, 300], rel=0.1)


def test_a_spike_that_begins_after_the_phase_is_not_part_of_it() -> None:
    assert spike(100, 400, at_s=20, for_s=2, duration_s=10) == steps((100,), 10)


def test_arrivals_of_a_level_curve_have_no_memory() -> None:
    offsets = steps((100,), 200).arrivals_s(3)
    gaps = [after - before for before, after in pairwise(offsets)]

    # P(gap > 1/rate) = 1/e
    assert sum(gap > 0.01 for gap in gaps) / len(gaps) == pytest.approx(0.368, abs=0.02)
