"""What each truth expected and measured, kept for the table at the end of a session."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pytest

Tell = Callable[["Figure"], None]
# Of what, which quantile, what it should be in ms, and what was seen.
Pair = tuple[str, float, float, float]
WITHIN: Final = 0.02
TRIALS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One comparison: what the theory or the other client says, what ours said, the bound."""

    truth: str
    expected: str
    measured: str
    bound: str


def ms(truth: str, *, expected_ms: float, measured_ms: float, bound: str) -> Figure:
    """Return a figure of two latencies, with the measured one's distance."""
    distance = f" ({measured_ms / expected_ms - 1:+.1%})" if expected_ms else ""
    return Figure(
        truth=truth,
        expected=f"{expected_ms:.2f} ms",
        measured=f"{measured_ms:.2f} ms{distance}",
        bound=bound,
    )


def first_within(title: str, tried: Callable[[int], Sequence[Pair]], tell: Tell) -> Sequence[Pair]:
    """Return the figures of the first of some trials in which all are as they should, or the last.

    What else ran made a trial late, or it did not. They are told as well.
    """
    for number in range(TRIALS):
        pairs = tried(number)
        if all(seen_ms == pytest.approx(due_ms, rel=WITHIN) for _, _, due_ms, seen_ms in pairs):
            break
    for name, q, due_ms, seen_ms in pairs:
        told = f"{title}, {name}, p{q * 100:g}"
        tell(ms(told, expected_ms=due_ms, measured_ms=seen_ms, bound="2 %"))
    return pairs


def table(figures: list[Figure]) -> list[str]:
    """Return the figures as the lines of a table."""
    head = ("truth", "expected", "measured", "bound")
    rows = [head, *((one.truth, one.expected, one.measured, one.bound) for one in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
