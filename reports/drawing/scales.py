"""Maps figures to places in a picture, and finds the round figures to label."""

import math
from collections.abc import Callable, Iterable

Scale = Callable[[float], float]

STEPS = (1.0, 2.0, 5.0)


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Return a scale on which equal differences are equally far apart."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def logarithmic(low: float, high: float, start: float, end: float) -> Scale:
    """Return a scale on which equal ratios are equally far apart; all figures are above 0."""
    place = linear(math.log10(low), math.log10(high), start, end)
    return lambda value: place(math.log10(max(value, low)))


def tail(percentile: float) -> float:
    """Return how many tens fold the tail beyond a percentile is thinned: 90 is 1, 99 is 2."""
    return -math.log10(1 - percentile / 100)


def round_ticks(high: float, most: int = 5) -> list[float]:
    """Return 0 and at most `most` round figures, the last at or above `high`."""
    if high <= 0:
        return [0.0, 1.0]
    decade = 10 ** math.floor(math.log10(high / most))
    step = next(one for one in _steps(decade) if one * most >= high)
    return [index * step for index in range(math.ceil(high / step) + 1)]


def ratio_ticks(low: float, high: float) -> list[float]:
    """Return the figures 1, 2, 5 times a power of ten around `low` to `high`, both ends within."""
    first, last = math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2
    ticks = [step * 10.0**decade for decade in range(first, last) for step in STEPS]
    start = max((index for index, tick in enumerate(ticks) if tick <= low), default=0)
    end = min((index for index, tick in enumerate(ticks) if tick >= high), default=len(ticks) - 1)
    chosen = ticks[start : end + 1]
    return chosen if len(chosen) > 1 else ticks[start : start + 2]


def spread(places: Iterable[float], gap: float, low: float, high: float) -> list[float]:
    """Return sorted places moved apart to at least `gap`, kept from `low` to `high`."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else max(place, low))
    over = (moved[-1] - high) if moved else 0
    if over > 0:
        for index in range(len(moved) - 1, -1, -1):
            ceiling = high - gap * (len(moved) - 1 - index)
            moved[index] = min(moved[index], ceiling)
    return moved


def _steps(decade: float) -> Iterable[float]:
    for factor in (1, 10, 100):
        yield from (step * decade * factor for step in STEPS)
