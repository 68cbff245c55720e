"""The slowest requests of a phase, each taken apart bar by bar; and the ids they are known by."""

import heapq
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from loadtests.generator.hop_times import LATE, Hops
from reports.record.measurements import Span, Trace

MOST_TRACES: Final = 10
REQUEST: Final = "request"
_DIGITS: Final = 4
_ID_BITS: Final = 64


class TraceIds:
    """Ids as in W3C Trace Context, seeded, so that equal runs send equal headers."""

    def __init__(self, seed: object) -> None:
        draw = random.Random(f"trace {seed}")  # noqa: S311 -- reproducible, not a secret
        self._head = f"{draw.getrandbits(_ID_BITS) | 1:016x}"

    def of(self, number: int) -> str:
        """Return the trace id of the request with a number from 1 on."""
        return f"{self._head}{number:016x}"

    def header(self, number: int) -> str:
        """Return a request's `traceparent` line: version 00, sampled."""
        return f"traceparent: {self.parent(number)}\r\n"

    def parent(self, number: int) -> str:
        """Return the value of that line."""
        return f"00-{self._head}{number:016x}-{number:016x}-01"


def spans(hops: Hops, timing: str, *, whole_ms: float, late_ms: float) -> tuple[Span, ...]:
    """Return a request's bars, in ms from its intended start.

    First its lateness, then the request as this process saw it, then the hops in their order. A hop
    begins where the one before it in the same hop ended. Nobody tells when the outermost begins:
    what the request took beyond it is the network's, half of it on the way there.
    """
    durations_ms = hops.whole_ms(timing)
    made = [_span(LATE, 0.0, late_ms), _span(REQUEST, late_ms, whole_ms - late_ms)]
    made += _nested(hops, durations_ms, whole_ms=whole_ms, late_ms=late_ms)
    return tuple(made)


def slowest(traces: Iterable[Trace]) -> tuple[Trace, ...]:
    """Return the ten slowest requests, the slowest first."""
    return tuple(heapq.nlargest(MOST_TRACES, traces, key=lambda trace: trace.whole_ms))


def _nested(
    hops: Hops, durations_ms: Sequence[float], *, whole_ms: float, late_ms: float
) -> Iterator[Span]:
    told = [number for number, ms in enumerate(durations_ms) if not math.isnan(ms)]
    around = {number: hops.enclosing(number, durations_ms) for number in told}
    outermost_ms = math.fsum(durations_ms[number] for number in told if around[number] is None)
    # Where the next hop begins, by the hop it lies in.
    free_ms: dict[int | None, float] = {
        None: late_ms + max(0.0, whole_ms - late_ms - outermost_ms) / 2
    }
    for number in told:
        begin_ms = free_ms[around[number]]
        free_ms[around[number]] = begin_ms + durations_ms[number]
        free_ms[number] = begin_ms
        yield _span(hops.names[number], begin_ms, durations_ms[number])


def _span(name: str, start_ms: float, duration_ms: float) -> Span:
    return Span(
        name=name,
        start_ms=round(start_ms, _DIGITS),
        duration_ms=round(max(0.0, duration_ms), _DIGITS),
    )
