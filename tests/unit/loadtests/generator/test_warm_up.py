"""When a warm-up ends."""

from array import array

import pytest

from loadtests.generator.warm_up import (
    WarmUpDetector,
    WarmUpWindows,
    WindowSample,
    WindowTotals,
    steady,
    window_s,
)
from reports.record.measurements import Window


def windows(*pairs: tuple[float, float | None]) -> list[Window]:
    return [Window(throughput_per_s=rate, p50_ms=p50_ms) for rate, p50_ms in pairs]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param([(500, 4.0), (500, 4.0)], False, id="two windows are too few"),
        pytest.param([(500, 4.0), (540, 4.1), (460, 3.9)], True, id="three within ten per cent"),
        pytest.param([(500, 4.0), (500, 4.0), (400, 4.0)], False, id="throughput still moves"),
        pytest.param([(500, 9.0), (500, 6.0), (500, 4.0)], False, id="the median still falls"),
        pytest.param([(90, 60.0), (500, 4.0), (510, 4.1), (505, 4)], True, id="a slow begin"),
        pytest.param([(0, None), (0, None), (0, None)], False, id="nothing was answered"),
    ],
)
def test_a_system_is_steady_when_its_last_three_windows_agree(
    seen: list[tuple[float, float | None]], *, expected: bool
) -> None:
    assert steady(windows(*seen)) is expected


def moment(rate: float, *times_ms: float) -> WindowTotals:
    return WindowTotals(throughput_per_s=rate, times_ms=times_ms)


def test_what_came_after_the_end_is_no_part_of_the_record() -> None:
    steadiness = WarmUpDetector()
    said = [steadiness.enough(moment(100, 1.0, 2.0, 3.0)) for _ in range(4)]
    result = steadiness.result(1.5)

    assert said == [False, False, True, True]
    assert (result.cut_s, result.stable, len(result.windows)) == (1.5, True, 3)
    assert result.windows[0].p50_ms == 2.0


def test_a_system_that_never_gets_steady_is_said_to_be_so() -> None:
    steadiness = WarmUpDetector()
    for number in range(1, 9):
        steadiness.enough(moment(100 * number, 1.0))

    assert steadiness.result(4.0).stable is False


def pulse(number: int, good: int, *times_ms: float) -> WindowSample:
    return WindowSample(number=number, good=good, times_ms=array("d", times_ms).tobytes())


def test_a_window_is_there_when_every_process_has_told_of_it() -> None:
    told: list[WindowTotals] = []
    both = WarmUpWindows(2, 0.5, told.append)
    both.add(pulse(1, 2, 5.0, 1.0))
    both.add(pulse(2, 1, 9.0))
    before = list(told)
    both.add(pulse(1, 1, 3.0))

    assert before == []
    assert told == [moment(6.0, 1.0, 3.0, 5.0)]


def test_a_window_counts_what_was_not_answered_well() -> None:
    told: list[WindowTotals] = []
    WarmUpWindows(1, 0.5, told.append).add(pulse(1, 1, 5.0, 1.0, 2.0))

    assert told[0].bad == 2


def test_a_percentile_of_a_window_is_one_of_its_times() -> None:
    times = moment(1.0, *(float(n) for n in range(100)))

    assert (times.at(50), times.at(99), moment(0.0).at(50)) == (50.0, 99.0, None)


def test_windows_get_shorter_where_few_would_fit() -> None:
    assert window_s(0.5, 5.0) == 0.5
    assert window_s(0.5, 1.0) == 0.25
