"""The scalability law is found again in what it made, and refused where the data are too few."""

import random

import numpy as np
import pytest

from loadtests.capacity.usl import scaling, throughput_per_s


def points(ns: list[int], noise: float = 0.01) -> list[tuple[int, float]]:
    draw = random.Random(1)  # noqa: S311 -- the same noise every time
    values = throughput_per_s(np.array(ns, dtype=np.float64), 100.0, 0.05, 0.002)
    return [(n, float(x) * draw.lognormvariate(0, noise)) for n, x in zip(ns, values, strict=True)]


def test_the_parameters_that_made_the_points_lie_within_their_intervals() -> None:
    found = scaling("users", points([1, 2, 4, 8, 16, 32, 64]))

    for estimate, truth in (
        (found.slope_per_s, 100.0),
        (found.contention, 0.05),
        (found.coherency, 0.002),
    ):
        assert estimate
        assert (estimate.low or 0.0) <= truth <= (estimate.high or 0.0)
    assert found.most_at == pytest.approx((0.95 / 0.002) ** 0.5, rel=0.15)


def test_four_levels_are_too_few() -> None:
    found = scaling("resolvers", points([1, 2, 4, 8]))

    assert found.slope_per_s is None
    assert found.reasons["slope_per_s"] == "4 of 5 levels needed"


def test_what_follows_no_such_law_is_not_called_one() -> None:
    found = scaling("resolvers", [(1, 90.0), (2, 20.0), (3, 95.0), (4, 10.0), (5, 80.0), (6, 15.0)])

    assert found.slope_per_s is None
    assert "of what was measured" in found.reasons["slope_per_s"]
