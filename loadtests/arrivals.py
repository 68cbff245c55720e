"""When the requests of an open loop are due: pure, seeded, decided before the first is sent."""

import random
from collections.abc import Callable
from typing import Final


def poisson(rate_per_s: float, duration_s: float, seed: int) -> tuple[float, ...]:
    """Return sorted offsets in seconds, in [0, duration), of a Poisson process given its count.

    Many clients that know nothing of each other. Given the count, such arrivals are independent and
    uniform (Kingman, Poisson Processes, 1993), so the rate that is offered is exactly the one asked
    for, and not one that happens to be 4 % beside it, as with 500 exponential gaps.
    """
    draw = random.Random(seed)  # noqa: S311 -- reproducible traffic, not a secret
    return tuple(sorted(draw.random() * duration_s for _ in range(_count(rate_per_s, duration_s))))


def constant(rate_per_s: float, duration_s: float, seed: int = 0) -> tuple[float, ...]:
    """Return sorted offsets in seconds, in [0, duration), all gaps equal; the seed is not used."""
    _ = seed
    count = _count(rate_per_s, duration_s)
    return tuple(number * duration_s / count for number in range(count))


def length_s(rate_per_s: float, *, least_s: float, most_s: float, samples: int) -> float:
    """Return how long to offer a rate: until `samples` are planned, within least and most."""
    return max(least_s, min(most_s, samples / _positive(rate_per_s)))


ARRIVALS: Final[dict[str, Callable[[float, float, int], tuple[float, ...]]]] = {
    "poisson": poisson,
    "constant": constant,
}


def _count(rate_per_s: float, duration_s: float) -> int:
    return max(1, round(_positive(rate_per_s) * duration_s))


def _positive(rate_per_s: float) -> float:
    if rate_per_s <= 0:
        raise ValueError(f"Expected a rate above 0 requests per second, got {rate_per_s}.")
    return rate_per_s
