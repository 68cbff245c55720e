"""An interval says how far repetitions agree, and nothing where they are too few."""

import math
import random
from statistics import NormalDist, fmean, stdev

import pytest
from msgspec.structs import replace

from reports.judgement.confidence_intervals import (
    interval,
    over_repetitions,
    t_quantile,
    values_of,
    within,
)
from reports.record.measurements import Configuration, Repetition
from tests.unit.reports.sample_runs import phase

FIVE = (11.2, 14.9, 12.8, 10.4, 19.3)


def configuration(*rates_per_s: float) -> Configuration:
    common = [phase(rate_per_s=rate, duration_s=2.0) for rate in rates_per_s]
    return Configuration(
        scenario="crud",
        resolvers=1,
        service_workers=1,
        gateway_workers=1,
        prefetch=32,
        repetitions=tuple(
            Repetition(
                warm_up=None,
                closed=None,
                open=None,
                common=one,
                reasons=dict.fromkeys(("warm_up", "closed", "open"), "not made"),
            )
            for one in common
        ),
    )


@pytest.mark.parametrize(
    ("freedom", "confidence", "known"),
    [
        (1, 0.95, 12.7062),
        (2, 0.95, 4.30265),
        (3, 0.95, 3.18245),
        (4, 0.95, 2.77645),
        (9, 0.95, 2.26216),
        (10, 0.95, 2.22814),
        (19, 0.95, 2.09302),
        (100, 0.95, 1.98397),
        (1, 0.99, 63.6567),
        (4, 0.99, 4.60409),
        (11, 0.98, 2.71808),
        (30, 0.90, 1.69726),
    ],
)
def test_quantiles_of_student_s_t_are_those_of_the_printed_tables(
    freedom: int, confidence: float, known: float
) -> None:
    assert t_quantile(freedom, confidence=confidence) == pytest.approx(known, rel=2e-6)


def test_with_much_freedom_t_is_normal() -> None:
    assert t_quantile(20_001) == pytest.approx(NormalDist().inv_cdf(0.975), rel=1e-3)


def test_the_distribution_is_the_density_summed_up() -> None:
    def density(t: float, freedom: int) -> float:
        scale = math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2)
        shape = math.pow(1 + t * t / freedom, -(freedom + 1) / 2)
        return scale / math.sqrt(freedom * math.pi) * shape

    for freedom in (1, 2, 5, 8):
        steps = [2 * density((i + 0.5) / 1_000, freedom) / 1_000 for i in range(1_700)]

        assert within(1.7, freedom) == pytest.approx(math.fsum(steps), abs=1e-6)


@pytest.mark.parametrize(("freedom", "confidence"), [(0, 0.95), (3, 0.0), (3, 1.0)])
def test_a_quantile_that_does_not_exist_is_refused(freedom: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="1 degree of freedom or more"):
        t_quantile(freedom, confidence=confidence)


def test_an_interval_is_mean_and_spread_of_the_logs_and_student_s_t() -> None:
    logs = [math.log(value) for value in FIVE]
    mean, half = fmean(logs), 2.776445 * stdev(logs) / math.sqrt(5)

    found = interval(FIVE)

    assert (found.n, found.reasons) == (5, {})
    assert found.estimate == pytest.approx(math.exp(mean))
    assert found.low == pytest.approx(math.exp(mean - half), rel=1e-6)
    assert found.high == pytest.approx(math.exp(mean + half), rel=1e-6)
    assert found.relative_half_width == pytest.approx(math.exp(half) - 1, rel=1e-6)


def test_nineteen_intervals_of_twenty_hold_the_truth() -> None:
    draw = random.Random(1)  # noqa: S311 -- not for secrets
    held = 0
    for _ in range(2_000):
        found = interval([draw.lognormvariate(3.0, 0.35) for _ in range(5)])
        held += (found.low or 0.0) <= math.exp(3.0) <= (found.high or 0.0)

    assert 0.935 <= held / 2_000 <= 0.965


def test_two_repetitions_give_a_middle_and_no_interval() -> None:
    found = interval([10.0, 40.0])

    assert found.estimate == pytest.approx(20.0)
    assert (found.low, found.high, found.relative_half_width) == (None, None, None)
    assert found.reasons["low"] == "2 of 3 repetitions needed"


@pytest.mark.parametrize(
    ("values", "reason"),
    [((), "no repetition has the figure"), ((1.0, 0.0, 2.0), "a value of 0 has no logarithm")],
    ids=["none", "a zero"],
)
def test_values_that_carry_nothing_give_nulls_with_their_reason(
    values: tuple[float, ...], reason: str
) -> None:
    found = interval(values)

    assert found.estimate is None
    assert found.reasons["estimate"] == reason


@pytest.mark.parametrize(("repetitions", "carries"), [(2, False), (4, False), (5, True)])
def test_a_verdict_takes_five_repetitions(repetitions: int, *, carries: bool) -> None:
    assert interval([10.0 + i for i in range(repetitions)]).carries_verdict is carries


def test_equal_values_leave_an_interval_without_width() -> None:
    assert interval([7.0, 7.0, 7.0]).relative_half_width == 0.0


def test_a_repetition_is_one_value_however_many_samples_it_has() -> None:
    several = configuration(300.0, 400.0, 500.0)
    common = [one.common for one in several.repetitions if one.common]

    found = over_repetitions(several, "common", "throughput")

    assert found.n == 3
    assert found == interval(one.throughput_per_s for one in common)


def test_a_repetition_whose_samples_carry_no_p99_has_no_value() -> None:
    mixed = configuration(300.0, 100.0, 500.0)
    common = [one.common for one in mixed.repetitions if one.common]

    assert over_repetitions(mixed, "common", "p99").n == 2
    assert over_repetitions(mixed, "common", "p50").n == 3
    assert values_of(common, "p99")[1] is None


def test_where_none_carries_it_the_reason_says_how_many_samples_lack() -> None:
    slow = configuration(100.0, 100.0, 100.0)

    found = over_repetitions(slow, "common", "p99")

    assert found.reasons["estimate"] == "in each repetition not enough samples (200 of 459)"


def test_a_phase_that_was_never_made_has_no_figure() -> None:
    found = over_repetitions(configuration(300.0), "closed", "p50")

    assert found.reasons["estimate"] == "no repetition has the figure"


def test_a_null_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="null without a reason"):
        replace(interval(FIVE), low=None)
