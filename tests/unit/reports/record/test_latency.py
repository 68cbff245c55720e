"""Percentiles are shown only where the samples carry them, and histograms lose three digits."""

import math

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from reports.record import latency


def _filled(*values_us: float) -> HdrHistogram:
    histogram = latency.new_histogram()
    for value in values_us:
        latency.record_us(histogram, value)
    return histogram


@given(st.lists(st.integers(min_value=1, max_value=120_000_000), min_size=20, max_size=200))
def test_a_percentile_is_within_a_thousandth_of_the_sorted_samples(values_us: list[int]) -> None:
    expected_ms = sorted(values_us)[math.floor(len(values_us) / 2 + 0.5) - 1] / 1_000

    assert latency.summary(_filled(*values_us)).p50 == pytest.approx(
        expected_ms, rel=0.001, abs=0.001
    )


@pytest.mark.parametrize(
    ("percentile", "needed"),
    [("p50", 20), ("p90", 100), ("p99", 459), ("p99_9", 4_603)],
)
def test_a_percentile_needs_its_samples_and_else_says_how_many(
    percentile: str, needed: int
) -> None:
    enough = latency.summary(_filled(*[5_000.0] * needed))
    short = latency.summary(_filled(*[5_000.0] * (needed - 1)))

    assert getattr(enough, percentile) == pytest.approx(5.0, rel=0.001)
    assert percentile not in enough.reasons
    assert getattr(short, percentile) is None
    assert short.reasons[percentile] == f"not enough samples ({needed - 1:,} of {needed:,})"


@pytest.mark.parametrize(("percentile", "needed"), [(99.0, 459), (99.9, 4_603)])
def test_what_a_tail_needs_follows_from_the_confidence(percentile: float, needed: int) -> None:
    assert latency.carries(_filled(*[1.0] * needed), percentile)
    assert not latency.carries(_filled(*[1.0] * (needed - 1)), percentile)


def test_an_empty_histogram_has_no_figure_at_all() -> None:
    empty = latency.summary(latency.new_histogram())

    assert empty.samples == 0
    assert set(empty.reasons) == {"p50", "p90", "p99", "p99_9", "max"}


def test_merged_samples_count_as_one_histogram_and_are_not_averaged() -> None:
    fast, slow = _filled(*[1_000.0] * 900), _filled(*[100_000.0] * 100)

    merged = latency.summary(latency.merge([fast, slow]))

    assert merged.samples == 1_000
    assert merged.p90 == pytest.approx(1.0, rel=0.001)
    assert merged.p99 == pytest.approx(100.0, rel=0.001)


def test_a_histogram_survives_its_text_form() -> None:
    histogram = _filled(*range(1, 50_000, 7))

    text = latency.encode(histogram)

    assert latency.summary(latency.decode(text)) == latency.summary(histogram)


@pytest.mark.parametrize(
    ("latency_us", "expected_ms"), [(0.0, 0.001), (-5.0, 0.001), (1e12, 120_000.0)]
)
def test_a_latency_outside_the_range_counts_at_its_end(
    latency_us: float, expected_ms: float
) -> None:
    assert latency.summary(_filled(latency_us)).max == pytest.approx(expected_ms, rel=0.001)
