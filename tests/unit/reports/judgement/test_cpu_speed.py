"""How fast the machine was, from what a fixed piece of work took."""

import pytest
from msgspec.structs import replace

from reports.judgement import cpu_speed
from reports.judgement.pooling import pool
from reports.record.number_formats import GLUE
from tests.unit.reports.sample_runs import load_run, phase

TIMED = [phase(yardstick_ms=(0.2, 0.3)), phase(yardstick_ms=(0.21, 0.22))]


def test_the_pace_is_the_middle_of_all_that_was_timed() -> None:
    assert cpu_speed.pace_ms(TIMED) == pytest.approx(0.215)
    assert cpu_speed.text(TIMED) == f"0.215{GLUE}ms (0.200 to 0.300)"


def test_where_nobody_timed_it_no_pace_is_known() -> None:
    assert cpu_speed.pace_ms([phase()]) is None
    assert cpu_speed.text([phase()]) is None


@pytest.mark.parametrize(
    ("before_ms", "after_ms", "expected"),
    [
        pytest.param(0.200, 0.219, False, id="9 % more"),
        pytest.param(0.200, 0.221, True, id="11 % more"),
        pytest.param(0.221, 0.200, False, id="faster"),
        pytest.param(None, 0.2, None, id="not timed before"),
        pytest.param(0.2, None, None, id="not timed now"),
    ],
)
def test_slower_means_by_more_than_10_percent(
    before_ms: float | None, after_ms: float | None, *, expected: bool | None
) -> None:
    assert cpu_speed.slower(before_ms, after_ms) is expected


@pytest.mark.parametrize(
    ("times_ms", "expected"),
    [
        pytest.param((0.2, 0.2, 0.2), 0.0, id="even"),
        pytest.param((0.2, 0.22), 0.0477, id="10 % between two"),
        pytest.param((0.2, 0.4), 0.3466, id="twice as long"),
        pytest.param((), 0.0, id="never timed"),
    ],
)
def test_the_pace_wanders_by_the_deviation_of_the_logs(
    times_ms: tuple[float, ...], expected: float
) -> None:
    assert cpu_speed.wander(times_ms) == pytest.approx(expected, abs=1e-4)


def test_a_machine_that_was_not_equally_fast_is_told_with_its_extremes() -> None:
    said = cpu_speed.uneven([phase(yardstick_ms=(0.2, 0.2)), phase(yardstick_ms=(0.4, 0.4))])

    assert said is not None
    assert f"0.300{GLUE}ms (0.200 to 0.400)" in said


def test_of_an_even_machine_nothing_is_told() -> None:
    assert cpu_speed.uneven([phase(yardstick_ms=(0.2, 0.21)), phase()]) is None


def test_repetitions_together_keep_all_that_was_timed() -> None:
    assert pool(TIMED).yardstick_ms == (0.2, 0.3, 0.21, 0.22)


def test_of_a_run_the_measured_phases_tell_and_not_the_warm_up() -> None:
    run = load_run(points=[(1, 1)], repetitions=1)
    one = run.configurations[0]
    timed = replace(
        one.repetitions[0],
        warm_up=phase(yardstick_ms=(9.0,)),
        closed=phase(arrivals="closed", yardstick_ms=(0.2,)),
        common=phase(yardstick_ms=(0.3,)),
    )

    found = list(cpu_speed.phases_in([replace(one, repetitions=(timed,))]))

    assert cpu_speed.pace_ms(found) == pytest.approx(0.25)
