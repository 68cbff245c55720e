"""When the requests of an open loop are due: pure, seeded, decided before the first is sent."""

import random
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Final


def poisson(rate_per_s: float, duration_s: float, seed: int) -> tuple[float, ...]:
    """Return sorted offsets in seconds, in [0, duration), of a Poisson process.

    The gaps are exponential and independent: many clients that know nothing of each other.
    """
    draw = random.Random(seed)  # noqa: S311 -- reproducible traffic, not a secret
    return tuple(takewhile(lambda offset: offset < duration_s, _sums(draw, rate_per_s)))


def constant(rate_per_s: float, duration_s: float, seed: int = 0) -> tuple[float, ...]:
    """Return sorted offsets in seconds, in [0, duration), all gaps equal; the seed is not used."""
    _ = seed
    gap_s = 1.0 / _positive(rate_per_s)
    return tuple(number * gap_s for number in range(int(duration_s * rate_per_s)))


def length_s(rate_per_s: float, *, least_s: float, most_s: float, samples: int) -> float:
    """Return how long to offer a rate: until `samples` are planned, within least and most."""
    return max(least_s, min(most_s, samples / _positive(rate_per_s)))


ARRIVALS: Final[dict[str, Callable[[float, float, int], tuple[float, ...]]]] = {
    "poisson": poisson,
    "constant": constant,
}


def _sums(draw: random.Random, rate_per_s: float) -> Iterator[float]:
    offset = 0.0
    rate = _positive(rate_per_s)
    while True:
        offset += draw.expovariate(rate)
        yield offset


def _positive(rate_per_s: float) -> float:
    if rate_per_s <= 0:
        raise ValueError(f"Expected a rate above 0 requests per second, got {rate_per_s}.")
    return rate_per_s
