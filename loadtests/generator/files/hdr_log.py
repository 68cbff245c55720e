"""Writes a phase's histograms as a HdrHistogram log, which that project's own tools read.

Log format 1.3: an interval a line, begin and length in seconds, its maximum, the histogram.
Untagged lines are all requests of a second; lines tagged with a call's name are that call's alone.
One line each, over the whole phase, has `service-time` and `hop-NAME`. Values are microseconds; an
interval's maximum is in milliseconds.
"""

# mypy: allow-untyped-calls
# hdrh ships no types.

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from loadtests.plan.counts import PhaseCounts
from reports.record import latency

_US_PER_MS: Final = 1_000
# A comma would end the tag.
_NO_TAG: Final = re.compile(r"[\s,]+")


def write_hlog(
    path: Path, counts: PhaseCounts, intervals: Mapping[tuple[int, str], Any], *, begun_at_s: float
) -> Path:
    """Write the log of a phase that began at `begun_at_s`, in seconds since 1970."""
    lines = [*_head(counts, begun_at_s), *_whole(counts), *_seconds(counts, intervals)]
    path.write_text("\n".join(lines) + "\n", encoding="ascii", errors="replace")
    return path


def _head(counts: PhaseCounts, begun_at_s: float) -> Iterator[str]:
    begun = datetime.fromtimestamp(begun_at_s, UTC).isoformat(" ")
    yield f"#[Response times in us of a phase of {counts.duration_s:.3f} s, {counts.arrivals}]"
    yield "#[Histogram log format version 1.3]"
    yield f"#[StartTime: {begun_at_s:.3f} (seconds since epoch), {begun}]"
    yield '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'


def _whole(counts: PhaseCounts) -> Iterator[str]:
    named = {"service-time": counts.service_time}
    named |= {f"hop-{name}": text for name, text in counts.hops.items()}
    for tag, text in named.items():
        yield _line(tag, 0.0, counts.duration_s, text)


def _seconds(counts: PhaseCounts, intervals: Mapping[tuple[int, str], Any]) -> Iterator[str]:
    for second, text in enumerate(counts.seconds):
        length_s = max(0.0, min(1.0, counts.duration_s - second)) or 1.0
        yield _line("", float(second), length_s, text)
        for (at, call), histogram in intervals.items():
            if at == second:
                yield _line(call, float(second), length_s, latency.encode(histogram))


def _line(tag: str, begin_s: float, length_s: float, text: str) -> str:
    head = f"Tag={_NO_TAG.sub('_', tag)}," if tag else ""
    max_ms = latency.decode(text).get_max_value() / _US_PER_MS
    return f"{head}{begin_s:.3f},{length_s:.3f},{max_ms:.3f},{text}"
