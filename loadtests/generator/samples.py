"""The requests of a phase, a column a figure: cheap to add to while traffic runs.

Counting a request into a histogram costs 3 us, keeping its figures a tenth of that; so histograms
are made when the phase is over.
"""

import csv
from array import array
from bisect import bisect_right
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

COLUMNS: Final = ("intended_s", "began_s", "ended_s", "outcome", "endpoint", "note")

Outcome = Literal["ok", "failed", "unknown"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("ok", "failed", "unknown")
_NUMBERS: Final[dict[Outcome, int]] = {name: number for number, name in enumerate(OUTCOMES)}
_OK: Final = _NUMBERS["ok"]
_FAILED: Final = _NUMBERS["failed"]
_LEAST_REST_S: Final = 0.05


class Sample(Struct, frozen=True, kw_only=True, gc=False):
    """One request, in seconds of `time.monotonic()`; `reason` says why it is not ok.

    `number` counts requests from 1 on; `timing` is the answer's Server-Timing header, `status` 0
    where no answer came.
    """

    intended_s: float
    began_s: float
    ended_s: float
    outcome: Outcome
    reason: str | None = None
    worker: str | None = None
    note: str = ""
    timing: str = ""
    number: int = 0
    status: int = 0


class Samples:
    """Requests in the order in which they ended.

    What is kept beside the times is what is wanted: Server-Timing to take requests apart, the noted
    header to write it down, and for a log of all requests statuses, and reasons by row.
    """

    def __init__(self, *, timings: bool = False, notes: bool = False, logged: bool = False) -> None:
        self.intended_s = array("d")
        self.began_s = array("d")
        self.ended_s = array("d")
        self.outcomes = array("b")
        self.endpoints = array("H")
        self.numbers = array("Q")
        self.names: dict[str, int] = {}
        self.timings: list[str] | None = [] if timings else None
        self.notes: list[str] | None = [] if notes else None
        self.statuses = array("H")
        self.reasons: dict[int, str] = {}
        self._logged = logged

    def __len__(self) -> int:
        """Return how many requests there are."""
        return len(self.intended_s)

    def add(self, name: str, sample: Sample) -> None:
        """Add a request of the call `name`."""
        self.intended_s.append(sample.intended_s)
        self.began_s.append(sample.began_s)
        self.ended_s.append(sample.ended_s)
        self.outcomes.append(_NUMBERS[sample.outcome])
        self.endpoints.append(self.names.setdefault(name, len(self.names)))
        self.numbers.append(sample.number)
        if self._logged:
            self._log(sample)
        if self.timings is not None:
            self.timings.append(sample.timing)
        if self.notes is not None:
            self.notes.append(sample.note)

    def _log(self, sample: Sample) -> None:
        self.statuses.append(sample.status)
        if sample.reason is not None:
            self.reasons[len(self.statuses) - 1] = sample.reason

    def timed(self) -> list[int]:
        """Return the rows whose time counts: those that were answered well, and the unknown ones.

        An unknown one took at least this long. A failed one may have been refused in no time, and
        would make the system look fast.
        """
        return [row for row, outcome in enumerate(self.outcomes) if outcome != _FAILED]

    def good(self, first: int) -> int:
        """Return how many requests from row `first` on ended well."""
        return self.outcomes[first:].count(_OK)

    def in_flight(self, begin_s: float, duration_s: float) -> tuple[int, ...]:
        """Return how many were due and not yet answered, at the end of each second."""
        due_s, ended_s = sorted(self.intended_s), sorted(self.ended_s)
        moments_s = (begin_s + min(second, duration_s) for second in range(1, _up(duration_s) + 1))
        return tuple(bisect_right(due_s, at_s) - bisect_right(ended_s, at_s) for at_s in moments_s)

    def write(self, path: Path, begin_s: float) -> None:
        """Write a CSV row for each request, its times in seconds from the phase's begin."""
        calls = {number: name for name, number in self.names.items()}
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            for row, outcome in enumerate(self.outcomes):
                times_s = (self.intended_s[row], self.began_s[row], self.ended_s[row])
                since = (f"{time_s - begin_s:.6f}" for time_s in times_s)
                note = self.notes[row] if self.notes else ""
                rows.writerow((*since, OUTCOMES[outcome], calls[self.endpoints[row]], note))


def _up(duration_s: float) -> int:
    """Return how many seconds a phase has; a rest of under 50 ms is no second of its own."""
    return max(1, -int(-(duration_s - _LEAST_REST_S) // 1))
