"""Writes each request of a phase down as a line of CSV, when the phase is over."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from loadtests.generator.assignment import Assignment
from loadtests.generator.hop_times import Hops
from loadtests.generator.recorder import PhaseTally
from loadtests.generator.samples import OUTCOMES, Samples
from loadtests.plan.logged_requests import head, numbered


def append_requests(
    path: Path, tally: PhaseTally, assignment: Assignment, hops: Hops, *, since_1970_s: float
) -> None:
    """Append the requests of a phase; `since_1970_s` turns this process's clock into the world's.

    A file that is not there yet begins with the names of its columns.
    """
    file_path = numbered(path, assignment.part)
    is_new = not file_path.exists()
    with file_path.open("a", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        if is_new:
            rows.writerow(head(hops.names))
        about = (assignment.name, assignment.users or "")
        rows.writerows((*about, *row) for row in _rows(tally, hops, since_1970_s))


def _rows(tally: PhaseTally, hops: Hops, since_1970_s: float) -> Iterator[tuple[object, ...]]:
    kept = tally.samples
    calls = list(kept.names)
    for row, outcome in enumerate(kept.outcomes):
        yield (
            calls[kept.endpoints[row]],
            *_moments(kept, row, since_1970_s),
            kept.statuses[row] or "",
            OUTCOMES[outcome],
            kept.reasons.get(row, ""),
            tally.trace_ids.of(kept.numbers[row]),
            *_hops_ms(kept, row, hops),
        )


def _moments(kept: Samples, row: int, since_1970_s: float) -> Iterator[str]:
    for time_s in (kept.intended_s[row], kept.began_s[row], kept.ended_s[row]):
        yield f"{time_s + since_1970_s:.6f}"


def _hops_ms(kept: Samples, row: int, hops: Hops) -> Iterator[str]:
    timing = kept.timings[row] if kept.timings else ""
    for took_ms in hops.whole_ms(timing):
        yield "" if math.isnan(took_ms) else f"{took_ms:g}"
