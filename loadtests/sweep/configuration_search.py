"""Chooses which configuration of a grid to measure next, so that few points find the best.

A sparse design first: the grid's corners that matter and its middle. Then a Gaussian process over
the logarithms of the numbers says of every other point what it should bring and how sure that is
(Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, algorithm 2.1), and the one
with the greatest expected improvement is next (Jones, Schonlau and Welch, 1998). With an SLO every
third point is instead the one about which it is least sure on which side of the SLO it lies (Bryan
and others, Active learning for identifying function threshold boundaries, 2005).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from testcontainers_fixtures.copy_counts import CopyCounts

# Of the grid, what a search measures at most; a small grid needs its design all the same.
MOST_SHARE: Final = 0.30
LEAST_POINTS: Final = 4
# What repeating a measurement varies by, as a share of it.
NOISE: Final = 0.03
_LENGTHS: Final = (0.6, 1.0, 1.8)
_STRADDLE: Final = 1.96
_STRADDLE_EVERY: Final = 3
# An improvement smaller than this share of the best is not worth a measurement.
LEAST_GAIN: Final = 0.0005
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """What is believed of each point: mean and standard deviation of the logarithm."""

    mean: Matrix
    deviation: Matrix


def most_points(grid: Sequence[CopyCounts]) -> int:
    """Return how many points of a grid a search may measure."""
    return min(len(grid), max(LEAST_POINTS, math.floor(MOST_SHARE * len(grid))))


def next_configuration(
    grid: Sequence[CopyCounts],
    goodput: Mapping[CopyCounts, float],
    p99_ms: Mapping[CopyCounts, float] | None = None,
    slo_p99_ms: float | None = None,
) -> CopyCounts | None:
    """Return the point to measure next; None when enough is known.

    `goodput` has what was measured so far, `p99_ms` likewise, where there is an SLO.
    """
    if len(goodput) >= most_points(grid):
        return None
    missing = [one for one in design(grid) if one not in goodput]
    if missing:
        return missing[0]
    left = [one for one in grid if one not in goodput]
    straddles = len(goodput) % _STRADDLE_EVERY == 0
    if straddles and p99_ms and slo_p99_ms and len(p99_ms) >= LEAST_POINTS:
        belief = posterior(grid, p99_ms, left)
        unsure = _STRADDLE * belief.deviation - np.abs(belief.mean - math.log(slo_p99_ms))
        return left[int(np.argmax(unsure))]
    belief = posterior(grid, goodput, left)
    best = math.log(max(*goodput.values(), 1e-9))
    gains = _expected_gain(belief, best)
    chosen = int(np.argmax(gains))
    return left[chosen] if gains[chosen] >= LEAST_GAIN else None


def design(grid: Sequence[CopyCounts]) -> tuple[CopyCounts, ...]:
    """Return a sparse first look: the smallest, the largest, the middle, and one long on one side.

    They stand in the order in which they are to be measured: the smallest sets the common rate.
    """
    places = _places(grid)
    wanted = [
        np.zeros(places.shape[1]),
        np.ones(places.shape[1]),
        np.full(places.shape[1], 0.5),
        np.array([1.0, 0.0, *([0.5] * (places.shape[1] - 2))]),
    ]
    nearest = [grid[int(np.argmin(((places - place) ** 2).sum(axis=1)))] for place in wanted]
    return tuple(dict.fromkeys(nearest))


def posterior(
    grid: Sequence[CopyCounts],
    measured: Mapping[CopyCounts, float],
    asked: Sequence[CopyCounts],
) -> Posterior:
    """Return what is believed of the points asked about, from those measured."""
    index = {one: number for number, one in enumerate(grid)}
    places = _places(grid)
    known = places[[index[one] for one in measured]]
    logs = np.log(np.maximum(np.array(list(measured.values()), dtype=np.float64), 1e-9))
    middle, spread = float(logs.mean()), max(float(logs.std()), NOISE)
    scaled = (logs - middle) / spread
    noise = (NOISE / spread) ** 2 + 1e-6
    length = max(_LENGTHS, key=lambda one: _likelihood(known, scaled, one, noise))
    inverse = np.linalg.inv(_kernel(known, known, length) + noise * np.eye(len(known)))
    across = _kernel(places[[index[one] for one in asked]], known, length)
    mean = across @ inverse @ scaled
    variance = np.maximum(1.0 - np.einsum("ij,jk,ik->i", across, inverse, across), 1e-9)
    return Posterior(mean=middle + spread * mean, deviation=spread * np.sqrt(variance))


def _places(grid: Sequence[CopyCounts]) -> Matrix:
    """Return the points' logarithms, each axis from 0 to 1."""
    points = np.log2([one.sizes for one in grid], dtype=np.float64)
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    return np.asarray((points - low) / np.where(span > 0, span, 1.0))


def _kernel(one: Matrix, other: Matrix, length: float) -> Matrix:
    squares = ((one[:, None, :] - other[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(np.exp(-squares / (2 * length**2)))


def _likelihood(known: Matrix, scaled: Matrix, length: float, noise: float) -> float:
    matrix = _kernel(known, known, length) + noise * np.eye(len(known))
    _, size = np.linalg.slogdet(matrix)
    return float(-0.5 * scaled @ np.linalg.solve(matrix, scaled) - 0.5 * size)


def _expected_gain(belief: Posterior, best: float) -> Matrix:
    above = belief.mean - best
    z = above / belief.deviation
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    below = np.array([0.5 * math.erfc(-one / math.sqrt(2)) for one in z])
    return np.asarray(above * below + belief.deviation * density)
