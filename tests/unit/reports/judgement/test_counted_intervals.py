"""Intervals that counts alone allow, held against theory."""

import random

import pytest
from scipy import stats

from reports.judgement.counted_intervals import (
    percentile_interval_ms,
    rate_interval,
    samples_for_share,
    share_interval,
)
from reports.record import latency


@pytest.mark.parametrize(
    ("count", "samples"), [(0, 100), (3, 1_000), (10, 10), (5, 20_000), (1, 460)]
)
def test_a_share_has_the_interval_of_clopper_and_pearson(count: int, samples: int) -> None:
    exact = stats.binomtest(count, samples).proportion_ci(method="exact")

    assert share_interval(count, samples) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_so_many_requests_without_a_failure_show_a_share_and_one_less_does_not() -> None:
    needed = samples_for_share(0.001)

    assert share_interval(0, needed)[1] < 0.001 <= share_interval(0, needed - 1)[1]


@pytest.mark.parametrize("count", [0, 1, 40, 900])
def test_a_rate_has_nearly_the_interval_of_garwood(count: int) -> None:
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    high = stats.chi2.ppf(0.975, 2 * count + 2) / 2

    assert rate_interval(count, 2.0) == pytest.approx((low / 2, high / 2), rel=0.07, abs=0.05)


@pytest.mark.parametrize(("percentile", "true_ms"), [(50.0, 6.931), (99.0, 46.052)])
def test_a_percentile_lies_in_its_interval_19_times_of_20(
    percentile: float, true_ms: float
) -> None:
    chance = random.Random(1)  # noqa: S311 -- not for secrets
    hits = 0
    for _ in range(200):
        histogram = latency.new_histogram()
        for _ in range(600):
            latency.record_us(histogram, 10_000 * chance.expovariate(1))
        low, high = percentile_interval_ms(histogram, percentile)
        hits += low * 0.999 <= true_ms <= (high or 1e9) * 1.001

    assert 0.91 <= hits / 200 <= 0.995


def test_too_few_samples_have_no_upper_end() -> None:
    histogram = latency.new_histogram()
    for _ in range(367):
        latency.record_us(histogram, 5_000)
    few = percentile_interval_ms(histogram, 99.0)
    latency.record_us(histogram, 5_000)

    assert few[1] is None
    assert percentile_interval_ms(histogram, 99.0)[1] == pytest.approx(5.0, rel=0.01)
