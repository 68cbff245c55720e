"""Values that are drawn for each request, by the plan's seed."""

import random
from collections.abc import Callable, Mapping

Draw = Callable[[random.Random], object]


def draws(asked: Mapping[str, tuple[int, int]]) -> tuple[tuple[str, Draw], ...]:
    """Return what draws a value for each name."""
    return tuple((name, _draw(one)) for name, one in asked.items())


def _draw(asked: tuple[int, int]) -> Draw:
    low, high = asked
    return lambda draw: draw.randint(low, high)
