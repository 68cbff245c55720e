"""Reads the lines of a picture back: the points that a path leads through."""

import re

FIGURE = r"-?(?:\d*\.)?\d+"


def points(steps: str) -> list[tuple[float, float]]:
    """Return the points of "M67 27.7l39 .5-2 0": each later one counts from the one before."""
    x, y = 0.0, 0.0
    found = []
    figures = [float(one) for one in re.findall(FIGURE, steps)]
    for across, down in zip(figures[::2], figures[1::2], strict=True):
        x, y = x + across, y + down
        found.append((x, y))
    return found
