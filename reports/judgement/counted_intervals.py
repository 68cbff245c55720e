"""Intervals that rest on counts alone, for figures of which there are too few repetitions.

A percentile lies between two order statistics, whatever the distribution: the number of samples
below it is binomial. A share of failures has the exact interval of Clopper and Pearson (1934).
Both take requests for independent of each other, which those of one repetition are not quite.
"""

import math
from collections.abc import Callable
from typing import Final

from hdrh.histogram import HdrHistogram

from reports.record import latency

CONFIDENCE: Final = 0.95
_SIDE: Final = (1 - CONFIDENCE) / 2
# What 95 % of a normal distribution lie within, in standard deviations.
_NORMAL: Final = 1.959964
_HALVINGS: Final = 60
# So many standard deviations from its middle a binomial has nothing that a float could hold.
_FAR: Final = 12


def below(count: int, samples: int, share: float) -> float:
    """Return the probability that a binomial of `samples` draws at `share` is `count` at most."""
    if count >= samples or share <= 0:
        return 1.0
    if count < 0 or share >= 1:
        return 0.0
    spread = _FAR * math.sqrt(samples * share * (1 - share)) + _FAR
    first = max(0, math.floor(samples * share - spread))
    return min(1.0, math.fsum(_mass(k, samples, share) for k in range(first, count + 1)))


def share_interval(count: int, samples: int) -> tuple[float, float]:
    """Return between which shares the true one lies, with 95 %, where `count` were seen."""
    low = _root(lambda share: 1 - below(count - 1, samples, share) - _SIDE) if count else 0.0
    high = _root(lambda share: _SIDE - below(count, samples, share)) if count < samples else 1.0
    return low, high


def percentile_interval_ms(
    histogram: HdrHistogram, percentile: float
) -> tuple[float, float | None]:
    """Return between which latencies in ms a percentile (0 to 100) lies, with 95 %.

    The upper one is None where there are too few samples for any of them to lie above it.
    """
    samples, share = latency.count(histogram), percentile / 100
    low = _quantile(_SIDE, samples, share)
    high = _quantile(1 - _SIDE, samples, share) + 1
    return (
        _ranked_ms(histogram, low, samples) if low else 0.0,
        _ranked_ms(histogram, high, samples) if high <= samples else None,
    )


def samples_for_share(limit: float) -> int:
    """Return how many requests, none of which failed, show a share to be below a limit."""
    return math.ceil(math.log(_SIDE) / math.log1p(-limit)) if limit < 1 else 1


def rate_interval(count: int, duration_s: float) -> tuple[float, float]:
    """Return between which rates a second the true one lies, with 95 %, where so many came.

    A Poisson count, whose square root varies by a half whatever it is (Anscombe, 1948).
    """
    half = _NORMAL / 2
    low = max(0.0, math.sqrt(count) - half) ** 2
    return low / duration_s, (math.sqrt(count + 1) + half) ** 2 / duration_s


def _mass(count: int, samples: int, share: float) -> float:
    ways = math.lgamma(samples + 1) - math.lgamma(count + 1) - math.lgamma(samples - count + 1)
    return math.exp(ways + count * math.log(share) + (samples - count) * math.log1p(-share))


def _quantile(probability: float, samples: int, share: float) -> int:
    """Return the smallest count that a binomial stays at or below with the probability."""
    low, high = -1, samples
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (low, middle) if below(middle, samples, share) >= probability else (middle, high)
        )
    return high


def _root(rising: Callable[[float], float]) -> float:
    """Return where a function of a share that rises from below 0 to above it is 0."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def _ranked_ms(histogram: HdrHistogram, rank: int, samples: int) -> float:
    """Return the latency of the sample that so many are not above."""
    return latency.value_ms(histogram, 100 * rank / samples)
