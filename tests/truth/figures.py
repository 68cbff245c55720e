"""What each truth expected and measured, kept for the table at the end of a session."""

from collections.abc import Callable
from dataclasses import dataclass

Tell = Callable[["Figure"], None]


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


def table(figures: list[Figure]) -> list[str]:
    """Return the figures as the lines of a table."""
    head = ("truth", "expected", "measured", "bound")
    rows = [head, *((one.truth, one.expected, one.measured, one.bound) for one in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
