"""Gives each repetition and each probe of a run arrivals of its own, from the run's one seed."""

from typing import Final

# A large prime: no two of a run's seeds meet, however many repetitions it has.
SEEDS_APART: Final = 1_000_003


def derived(seed: int, number: int) -> int:
    """Return the seed of a run's stretch of traffic with this number; number 0 has the run's."""
    return seed + number * SEEDS_APART
