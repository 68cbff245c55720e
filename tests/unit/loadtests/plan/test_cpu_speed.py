"""The fixed piece of work that tells how fast a core is."""

from itertools import accumulate, chain

import pytest

from loadtests.plan import cpu_speed

CALM_NS, INTERRUPTED_NS = 200_000, 9_000_000


@pytest.mark.parametrize(
    ("interrupted", "expected_ms"),
    [pytest.param(0, 0.2, id="calm"), pytest.param(7, 0.2, id="7 of 15 were interrupted")],
)
def test_what_the_work_takes_is_told_by_the_middle_of_15_times(
    monkeypatch: pytest.MonkeyPatch, interrupted: int, expected_ms: float
) -> None:
    took_ns = [INTERRUPTED_NS] * interrupted + [CALM_NS] * (15 - interrupted)
    moments_ns = accumulate(chain.from_iterable((1_000, one) for one in took_ns))
    monkeypatch.setattr("time.perf_counter_ns", lambda: next(moments_ns))

    assert cpu_speed.reference_work_ms() == expected_ms


def test_the_work_is_real_and_small() -> None:
    assert 0.01 < cpu_speed.reference_work_ms() < 20.0
