"""Takes response times apart: what each hop took for itself, and what no hop accounts for."""

import math
import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from reports.record.measurements import Breakdown

# A request's lateness at sending stands beside the hops: a queue in the generator is never hidden.
LATE: Final = "late"
WITHIN_RANKS: Final = 0.5
# Each rank, and how far its window may reach where half a rank holds too few requests: a wider one
# would no longer be about the rank, or lean to one side.
MOST_WITHIN_RANKS: Final = {50.0: 10.0, 90.0: 5.0, 99.0: 1.0, 99.9: 0.1}
LEAST_REQUESTS: Final = 100
_HIGHEST: Final = 100.0
_OPTIONAL: Final = 99.9
_QUOTED: Final = re.compile(r'"[^"]*"')
_DIGITS: Final = 4


def durations_ms(header: str) -> dict[str, float]:
    """Return the durations in ms by metric of a Server-Timing header (W3C Server Timing)."""
    if '"' in header:
        header = _QUOTED.sub("", header)
    found = {}
    for metric in header.split(","):
        name, _, parameters = metric.partition(";")
        _, given, value = parameters.partition("dur=")
        if given:
            try:
                lasted_ms = float(value.partition(";")[0])
            except ValueError:
                continue
            if math.isfinite(lasted_ms):
                found[name.strip()] = lasted_ms
    return found


class Hops:
    """The hops of a system, each with the one that encloses it ("" for the outermost)."""

    def __init__(self, inside: Mapping[str, str]) -> None:
        self.names = tuple(inside)
        numbers = {name: number for number, name in enumerate(self.names)}
        self._inside = tuple(numbers.get(outer) for outer in inside.values())

    def __repr__(self) -> str:
        """Show the hops in the order in which a request passes them."""
        return f"<Hops {' '.join(self.names) or 'none'}>"

    def whole_ms(self, header: str) -> list[float]:
        """Return each hop's duration with all that lies inside it; NaN where it was not told."""
        told = durations_ms(header)
        return [told.get(name, math.nan) for name in self.names]

    def own_ms(self, whole_ms: Sequence[float]) -> list[float]:
        """Return each hop's duration without the hops inside it; NaN where it was not told.

        What lies in a hop that was not told is taken from the next one that encloses it. The sum is
        the duration of the outermost hops.
        """
        own = list(whole_ms)
        for number, duration_ms in enumerate(whole_ms):
            outer = self.enclosing(number, whole_ms)
            if outer is not None and not math.isnan(duration_ms):
                own[outer] -= duration_ms
        return own

    def enclosing(self, number: int, whole_ms: Sequence[float]) -> int | None:
        """Return the number of the nearest told hop around a hop; None of an outermost one."""
        outer = self._inside[number]
        while outer is not None and math.isnan(whole_ms[outer]):
            outer = self._inside[outer]
        return outer


class HopTable:
    """A row of milliseconds for each request: the whole, the lateness, each hop for itself."""

    def __init__(self, names: Sequence[str], rows: Iterable[bytes] = ()) -> None:
        self._names = (LATE, *names)
        self._cells = array("d", b"".join(rows))

    def __len__(self) -> int:
        """Return how many requests there are."""
        return len(self._cells) // (1 + len(self._names))

    def add(self, whole_ms: float, late_ms: float, own_ms: Iterable[float]) -> None:
        """Add a request; a hop that was not told took nothing that is known of."""
        known = (0.0 if math.isnan(value) else value for value in own_ms)
        self._cells.extend(chain((whole_ms, late_ms), known))

    def encoded(self) -> bytes:
        """Return the rows as bytes, as another table takes them."""
        return self._cells.tobytes()

    def breakdowns(self) -> tuple[Breakdown, ...]:
        """Return what the requests around each rank spent where; no p99.9 of a small table."""
        width = 1 + len(self._names)
        wholes = self._cells[::width]
        order = sorted(range(len(wholes)), key=wholes.__getitem__)
        made = (self._breakdown(rank, order) for rank in MOST_WITHIN_RANKS)
        return tuple(one for one in made if one.whole_ms is not None or one.rank < _OPTIONAL)

    def _breakdown(self, rank: float, order: list[int]) -> Breakdown:
        within = within_ranks(rank, len(order))
        chosen = order[_window(rank, within, len(order))]
        if len(chosen) < LEAST_REQUESTS:
            return _nothing(rank, within, len(chosen))
        columns = (self._mean(column, chosen) for column in range(1 + len(self._names)))
        whole_ms, *parts_ms = (round(mean, _DIGITS) for mean in columns)
        return Breakdown(
            rank=rank,
            within_ranks=round(within, 3),
            requests=len(chosen),
            whole_ms=whole_ms,
            hops_ms=dict(zip(self._names, parts_ms, strict=True)),
            residual_ms=round(whole_ms - math.fsum(parts_ms), _DIGITS),
        )

    def _mean(self, column: int, rows: list[int]) -> float:
        width = 1 + len(self._names)
        return math.fsum(self._cells[row * width + column] for row in rows) / len(rows)


def within_ranks(rank: float, samples: int) -> float:
    """Return how far from a rank its requests may lie, in ranks.

    Half a rank, or as much more as 100 requests need, within the rank's own limit.
    """
    needed = _HIGHEST * LEAST_REQUESTS / 2 / samples if samples else WITHIN_RANKS
    return min(max(WITHIN_RANKS, needed), MOST_WITHIN_RANKS[rank])


def _window(rank: float, within: float, samples: int) -> slice:
    low = math.floor(round((rank - within) / _HIGHEST * samples, _DIGITS))
    return slice(max(0, low), math.ceil(round((rank + within) / _HIGHEST * samples, _DIGITS)))


def _nothing(rank: float, within: float, requests: int) -> Breakdown:
    reason = (
        f"only {requests} of the {LEAST_REQUESTS} requests needed lie within "
        f"{within:.3g} ranks; a longer run has more"
    )
    return Breakdown(
        rank=rank,
        within_ranks=round(within, 3),
        requests=requests,
        whole_ms=None,
        hops_ms={},
        residual_ms=None,
        reasons={"whole_ms": reason, "residual_ms": reason},
    )
