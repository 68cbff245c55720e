"""The offset of two clocks, from exchanges over a channel that is slow at times."""

import random

import pytest

from loadtests.generator.workers.clock_offsets import ClockExchange, offset_in


def exchange(
    ahead_s: float, there_s: float, back_s: float, *, wall_s: float = 0.0
) -> ClockExchange:
    """Return an exchange whose two ways took so long, with a worker's clock so far ahead."""
    got_s = 100.0 + there_s + ahead_s
    return ClockExchange(
        asked_s=100.0,
        got_s=got_s,
        told_s=got_s + 0.001,
        heard_s=100.0 + there_s + 0.001 + back_s,
        wall_ahead_s=wall_s,
    )


def test_with_equal_ways_the_offset_is_exact() -> None:
    found = offset_in([exchange(86_400.25, 0.002, 0.002, wall_s=-86_400.0)])

    assert found.monotonic_s == pytest.approx(86_400.25, abs=1e-6)
    assert found.wall_s == pytest.approx(0.25, abs=1e-6)
    assert found.within_s == pytest.approx(0.002, abs=1e-6)


def test_the_quickest_exchange_counts() -> None:
    found = offset_in([exchange(0.25, 0.3, 0.0), exchange(0.25, 0.001, 0.0), exchange(0.25, 1, 2)])

    assert found.within_s == pytest.approx(0.0005, abs=1e-6)
    assert found.monotonic_s == pytest.approx(0.2505, abs=1e-6)


def test_the_truth_lies_within_what_is_said_whatever_the_ways_take() -> None:
    draw = random.Random(1)  # noqa: S311 -- reproducible, not a secret
    for _ in range(500):
        ahead_s = draw.uniform(-1e4, 1e4)
        made = [exchange(ahead_s, draw.expovariate(100), draw.expovariate(10)) for _ in range(8)]
        found = offset_in(made)

        assert abs(found.monotonic_s - ahead_s) <= found.within_s + 1e-6
