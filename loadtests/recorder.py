"""Listens to locust's `request` events and counts them, phase by phase, into HdrHistograms.

Never through locust's statistics, which round to milliseconds and to two digits. The latency of a
request counts from the moment it was due, not from the moment it was sent: a generator that waits
for a frozen server would otherwise forget the requests it did not send (coordinated omission).
"""

# mypy: allow-untyped-calls
# hdrh ships no types.

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from loadtests.plan import Arrivals, EndpointCounts, PhaseCounts
from loadtests.processor import Stretch
from reports import latency

# The type of the second event of a request: the RPC round trip that the gateway reported.
RPC: Final = "RPC"
# An error's text comes from the system; a system that words each one differently is cut off here.
MOST_REASONS: Final = 40
OTHER_REASONS: Final = "other reasons"
SAMPLE_COLUMNS: Final = ("intended_s", "began_s", "ended_s", "outcome", "endpoint", "note")
_US_PER_S: Final = 1_000_000
_US_PER_MS: Final = 1_000

Outcome = Literal["ok", "failed", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One request, in seconds of `time.monotonic()`; `reason` says why it is not ok."""

    intended_s: float
    began_s: float
    ended_s: float
    outcome: Outcome
    reason: str | None = None
    worker: str | None = None
    note: str = ""


class _Endpoint:
    def __init__(self) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.latency = latency.new_histogram()
        self.rpc = latency.new_histogram()

    def counts(self) -> EndpointCounts:
        rpc = latency.encode(self.rpc) if self.rpc.get_total_count() else None
        return EndpointCounts(
            samples=self.outcomes.total(),
            failed=self.outcomes["failed"],
            unknown=self.outcomes["unknown"],
            latency=latency.encode(self.latency),
            rpc=rpc,
        )


@dataclass(kw_only=True)
class Tally:
    """What is counted in one phase, from `begin_s` on for `duration_s`.

    In a closed loop (`offered_per_s` is None) a good answer counts when it comes within the phase;
    in an open one every request that was due within it counts, whenever its answer comes.
    """

    arrivals: Arrivals
    begin_s: float
    duration_s: float
    users: int | None = None
    offered_per_s: float | None = None
    recent_ms: list[float] = field(default_factory=list)
    samples: list[tuple[str, Sample]] | None = None

    def __post_init__(self) -> None:
        """Begin with nothing counted."""
        self._endpoints: dict[str, _Endpoint] = {}
        self._seconds: dict[int, Any] = {}
        self._service_time = latency.new_histogram()
        self._lag = latency.new_histogram()
        self._workers: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._last_end_s = self._last_begin_s = self.begin_s
        self._busy: tuple[float | None, float] = (None, 0.0)

    @property
    def until_s(self) -> float:
        """Return when the phase ends."""
        return self.begin_s + self.duration_s

    def counts_in(self, sample: Sample) -> bool:
        """Tell whether a sample belongs to this phase."""
        if self.offered_per_s is not None:
            return True
        late = sample.ended_s > self.until_s and sample.outcome == "ok"
        return sample.ended_s >= self.begin_s and not late

    def add(self, name: str, sample: Sample) -> None:
        """Count one request of the call `name`."""
        if not self.counts_in(sample):
            return
        if self.samples is not None:
            self.samples.append((name, sample))
        endpoint = self._endpoint(name)
        endpoint.outcomes[sample.outcome] += 1
        self._last_end_s = max(self._last_end_s, sample.ended_s)
        self._last_begin_s = max(self._last_begin_s, sample.began_s)
        self._note(sample)
        if sample.outcome != "failed":
            # An unknown one took at least this long. A failed one may have been refused in no
            # time, and would make the system look fast.
            self._time(endpoint, sample)

    def add_rpc(self, name: str, sample: Sample, duration_ms: float) -> None:
        """Count the RPC round trip of a good answer."""
        if sample.outcome == "ok" and self.counts_in(sample):
            latency.record_us(self._endpoint(name).rpc, duration_ms * _US_PER_MS)

    def close(self, stretch: Stretch) -> None:
        """Note how busy the processor was: at the phase's end, before the last answers come."""
        self._busy = stretch.host_busy(), stretch.own_busy()

    def counts(self) -> PhaseCounts:
        """Return everything counted, encoded."""
        return PhaseCounts(
            arrivals=self.arrivals,
            begin_s=self.begin_s,
            users=self.users,
            duration_s=self.duration_s,
            offered_per_s=self.offered_per_s,
            elapsed_s=max(self.duration_s, self._last_end_s - self.begin_s),
            sending_s=max(self.duration_s, self._last_begin_s - self.begin_s),
            endpoints={name: one.counts() for name, one in sorted(self._endpoints.items())},
            seconds=tuple(latency.encode(second) for second in self._every_second()),
            service_time=latency.encode(self._service_time),
            lag=None if self.offered_per_s is None else latency.encode(self._lag),
            workers=dict(self._workers),
            errors=dict(self._errors),
            host_cpu=self._busy[0],
            generator_cpu=self._busy[1],
        )

    def write_samples(self, path: Path) -> None:
        """Write a CSV row for each request that was kept, in the order of the answers."""
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(SAMPLE_COLUMNS)
            for name, sample in self.samples or ():
                times_s = (sample.intended_s, sample.began_s, sample.ended_s)
                since = (f"{time_s - self.begin_s:.6f}" for time_s in times_s)
                rows.writerow((*since, sample.outcome, name, sample.note))

    def _endpoint(self, name: str) -> _Endpoint:
        # An empty one costs as much as counting the request ten times over: never made in vain.
        if name not in self._endpoints:
            self._endpoints[name] = _Endpoint()
        return self._endpoints[name]

    def _note(self, sample: Sample) -> None:
        if sample.worker is not None:
            self._workers[sample.worker] += 1
        if sample.reason is not None:
            known = sample.reason in self._errors or len(self._errors) < MOST_REASONS
            self._errors[sample.reason if known else OTHER_REASONS] += 1
        if self.offered_per_s is not None:
            latency.record_us(self._lag, (sample.began_s - sample.intended_s) * _US_PER_S)

    def _time(self, endpoint: _Endpoint, sample: Sample) -> None:
        response_us = (sample.ended_s - sample.intended_s) * _US_PER_S
        latency.record_us(endpoint.latency, response_us)
        latency.record_us(self._second(sample), response_us)
        latency.record_us(self._service_time, (sample.ended_s - sample.began_s) * _US_PER_S)
        self.recent_ms.append(response_us / _US_PER_MS)

    def _every_second(self) -> Iterator[Any]:
        for number in range(max(self._seconds, default=-1) + 1):
            yield self._seconds.get(number) or latency.new_histogram()

    def _second(self, sample: Sample) -> Any:  # noqa: ANN401 -- hdrh has no types
        number = max(0, int(sample.intended_s - self.begin_s))
        if number not in self._seconds:
            self._seconds[number] = latency.new_histogram()
        return self._seconds[number]


def on_request(
    *, request_type: str, name: str, response_time: float, context: dict[str, Any], **_: object
) -> None:
    """Count one of locust's `request` events; an event that bears no tally is not measured."""
    tally: Tally | None = context.get("tally")
    if tally is None:
        return
    if request_type == RPC:
        tally.add_rpc(name, context["sample"], response_time)
    else:
        tally.add(name, context["sample"])
