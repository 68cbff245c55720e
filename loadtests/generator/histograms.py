"""Makes histograms and tables of the samples of a phase, when the phase is over."""

# mypy: allow-untyped-calls
# hdrh ships no types.

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol, TypedDict

from loadtests.generator.hop_times import Hops, HopTable
from loadtests.generator.merged_results import Outcomes, SecondHistogram
from loadtests.generator.samples import OUTCOMES, Outcome, Samples
from loadtests.generator.slowest_requests import MOST_TRACES, TraceIds, spans
from reports.record import latency
from reports.record.measurements import Trace

if TYPE_CHECKING:
    from array import array

_US_PER_S: Final = 1_000_000
_US_PER_MS: Final = 1_000
_MS_PER_S: Final = 1_000
_DIGITS: Final = 4


class PhaseSamples(Protocol):
    """What was counted in a phase; RPC round trips stand apart, by their call's number."""

    begin_s: float
    samples: Samples
    hops: Hops
    trace_ids: TraceIds
    rpc_calls: "array[int]"
    rpc_ms: "array[float]"


class TakenApart(TypedDict):
    """An encoded table of requests, and encoded histograms by hop."""

    table: bytes
    hops: dict[str, str]


class PhaseHistograms:
    """The samples of a phase, to be looked at in several ways."""

    def __init__(self, counted: PhaseSamples) -> None:
        self._begin_s = counted.begin_s
        self._samples = counted.samples
        self._hops = counted.hops
        self._trace_ids = counted.trace_ids
        self._rpc_calls, self._rpc_ms = counted.rpc_calls, counted.rpc_ms
        self._timed = counted.samples.timed()

    def outcomes(self) -> dict[str, Outcomes]:
        """Return how the requests of each call ended."""
        ended: dict[str, Counter[Outcome]] = {name: Counter() for name in self._samples.names}
        calls = list(self._samples.names)
        for call, outcome in zip(self._samples.endpoints, self._samples.outcomes, strict=True):
            ended[calls[call]][OUTCOMES[outcome]] += 1
        trips = self._round_trips()
        return {
            name: Outcomes(
                samples=counts.total(),
                failed=counts["failed"],
                unknown=counts["unknown"],
                rpc=trips.get(name),
            )
            for name, counts in ended.items()
        }

    def _round_trips(self) -> dict[str, str]:
        calls = list(self._samples.names)
        found: dict[str, Any] = defaultdict(latency.new_histogram)
        for call, duration_ms in zip(self._rpc_calls, self._rpc_ms, strict=True):
            latency.record_us(found[calls[call]], duration_ms * _US_PER_MS)
        return {name: latency.encode(histogram) for name, histogram in found.items()}

    def service_time(self) -> str:
        """Return the times from the actual start to the end."""
        kept = self._samples
        return _histogram_s(kept.ended_s[row] - kept.began_s[row] for row in self._timed)

    def lag(self) -> str:
        """Return how late each request began."""
        return _histogram_s(map(float.__sub__, self._samples.began_s, self._samples.intended_s))

    def intervals(self) -> Iterator[SecondHistogram]:
        """Yield the response times of each call and second, by the moment they were due."""
        kept, calls = self._samples, list(self._samples.names)
        found: dict[tuple[int, str], Any] = defaultdict(latency.new_histogram)
        for row in self._timed:
            second = max(0, int(kept.intended_s[row] - self._begin_s))
            response_us = (kept.ended_s[row] - kept.intended_s[row]) * _US_PER_S
            latency.record_us(found[second, calls[kept.endpoints[row]]], response_us)
        for (second, call), histogram in sorted(found.items(), key=lambda item: item[0]):
            yield SecondHistogram(second=second, endpoint=call, latency=latency.encode(histogram))

    def taken_apart(self) -> TakenApart:
        """Return what each hop took for itself: a table of requests, and histograms."""
        table = HopTable(self._hops.names)
        histograms: dict[str, Any] = defaultdict(latency.new_histogram)
        if self._samples.timings is None or not self._hops.names:
            return {"table": b"", "hops": {}}
        for row in self._timed:
            own_ms = self._hops.own_ms(self._hops.whole_ms(self._samples.timings[row]))
            table.add(*self._whole_and_late_ms(row), own_ms)
            for name, duration_ms in zip(self._hops.names, own_ms, strict=True):
                if not math.isnan(duration_ms):
                    latency.record_us(histograms[name], duration_ms * _US_PER_MS)
        encoded = {name: latency.encode(one) for name, one in histograms.items()}
        return {"table": table.encoded(), "hops": encoded}

    def slowest(self) -> Iterator[Trace]:
        """Yield the slowest requests, taken apart."""
        kept, calls = self._samples, list(self._samples.names)
        for row in sorted(self._timed, key=self._whole_ms, reverse=True)[:MOST_TRACES]:
            whole_ms, late_ms = self._whole_and_late_ms(row)
            timing = kept.timings[row] if kept.timings else ""
            yield Trace(
                endpoint=calls[kept.endpoints[row]],
                trace_id=self._trace_ids.of(kept.numbers[row]),
                at_s=round(kept.intended_s[row] - self._begin_s, 6),
                whole_ms=round(whole_ms, _DIGITS),
                spans=spans(self._hops, timing, whole_ms=whole_ms, late_ms=late_ms),
            )

    def _whole_ms(self, row: int) -> float:
        return (self._samples.ended_s[row] - self._samples.intended_s[row]) * _MS_PER_S

    def _whole_and_late_ms(self, row: int) -> tuple[float, float]:
        late_s = self._samples.began_s[row] - self._samples.intended_s[row]
        return self._whole_ms(row), late_s * _MS_PER_S


def _histogram_s(durations_s: Iterable[float]) -> str:
    histogram = latency.new_histogram()
    for duration_s in durations_s:
        latency.record_us(histogram, duration_s * _US_PER_S)
    return latency.encode(histogram)
