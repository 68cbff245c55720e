"""Listens to locust's `request` events and counts them, phase by phase, into HdrHistograms.

Never through locust's statistics, which round to milliseconds and to two digits. The latency of a
request counts from the moment it was due, not from the moment it was sent: a generator that waits
for a frozen server would otherwise forget the requests it did not send (coordinated omission).
"""

from array import array
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from loadtests.generator.generator_health import CpuUsage
from loadtests.generator.histograms import PhaseHistograms
from loadtests.generator.hop_times import Hops
from loadtests.generator.merged_results import PartialResult, PhaseFacts, merged
from loadtests.generator.samples import Outcome, Sample, Samples
from loadtests.generator.sessions.session_samples import SessionSamples
from loadtests.generator.slowest_requests import TraceIds
from loadtests.plan.counts import PhaseCounts

__all__ = ["RPC", "Outcome", "PhaseTally", "Sample", "on_request"]

# The type of the second event of a request: the RPC round trip that the gateway reported.
RPC: Final = "RPC"
# An error's text comes from the system; a system that words each one differently is cut off here.
MOST_REASONS: Final = 40
OTHER_REASONS: Final = "other reasons"


class PhaseTally:
    """What is counted in one phase, from `begin_s` on for `duration_s`.

    In a closed loop (`offered_per_s` is None) a good answer counts when it comes within the phase;
    in an open one every request that was due within it counts, whenever its answer comes. With
    `hops` requests are taken apart.
    """

    def __init__(  # noqa: PLR0913 -- all by keyword, each with one meaning
        self,
        *,
        arrivals: str,
        begin_s: float,
        duration_s: float,
        users: int | None = None,
        offered_per_s: float | None = None,
        hops: Mapping[str, str] | None = None,
        notes: bool = False,
        logged: bool = False,
        trace_ids: TraceIds | None = None,
    ) -> None:
        self.hops = Hops(hops or {})
        self.facts = PhaseFacts(
            arrivals=arrivals, users=users, offered_per_s=offered_per_s, hops=self.hops.names
        )
        self.begin_s = begin_s
        self.duration_s = duration_s
        self.samples = Samples(timings=bool(hops) or logged, notes=notes, logged=logged)
        self.sessions = SessionSamples()
        self.loop_gap_ms_max = 0.0
        self.pool_waits = self.closings = 0
        self.logins = 0
        self.checked = self.unchecked = 0
        self.is_open = offered_per_s is not None
        self.trace_ids = trace_ids or TraceIds(0)
        self.rpc_calls, self.rpc_ms = array("H"), array("d")
        self._workers: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._busy: tuple[float | None, float] = (None, 0.0)

    def __repr__(self) -> str:
        """Show how much was counted."""
        return f"<PhaseTally {self.facts.arrivals}, {len(self.samples)} requests>"

    @property
    def until_s(self) -> float:
        """Return when the phase ends."""
        return self.begin_s + self.duration_s

    def end_at(self, moment_s: float) -> None:
        """End the phase earlier than planned."""
        self.duration_s = min(self.duration_s, max(0.0, moment_s - self.begin_s))

    def counts_in(self, sample: Sample) -> bool:
        """Tell whether a sample belongs to this phase."""
        if self.is_open:
            return True
        late = sample.ended_s > self.until_s and sample.outcome == "ok"
        return sample.ended_s >= self.begin_s and not late

    def add(self, name: str, sample: Sample) -> None:
        """Count one request of the call `name`."""
        if not self.counts_in(sample):
            return
        self.samples.add(name, sample)
        if sample.worker is not None:
            self._workers[sample.worker] += 1
        if sample.reason is not None:
            known = sample.reason in self._errors or len(self._errors) < MOST_REASONS
            self._errors[sample.reason if known else OTHER_REASONS] += 1

    def add_rpc(self, name: str, sample: Sample, duration_ms: float) -> None:
        """Count the RPC round trip of a good answer."""
        if sample.outcome == "ok" and self.counts_in(sample):
            names = self.samples.names
            self.rpc_calls.append(names.setdefault(name, len(names)))
            self.rpc_ms.append(duration_ms)

    def close(self, stretch: CpuUsage) -> None:
        """Note how busy the processor was: at the phase's end, before the last answers come."""
        self._busy = stretch.host_busy(), stretch.own_busy()

    @property
    def _began_s(self) -> "array[float]":
        return self.sessions.began_s if len(self.sessions) else self.samples.began_s

    def counts(self) -> PhaseCounts:
        """Return everything counted, as the only process that counted."""
        return merged(self.facts, [self.share()])

    def share(self) -> PartialResult:
        """Return everything counted, encoded."""
        kept, table = self.samples, PhaseHistograms(self)
        return PartialResult(
            begin_s=self.begin_s,
            duration_s=self.duration_s,
            elapsed_s=max([self.duration_s, *(at_s - self.begin_s for at_s in kept.ended_s)]),
            sending_s=max([self.duration_s, *(at_s - self.begin_s for at_s in self._began_s)]),
            outcomes=table.outcomes(),
            intervals=tuple(table.intervals()),
            service_time=table.service_time(),
            lag=table.lag() if self.is_open else None,
            workers=dict(self._workers),
            errors=dict(self._errors),
            host_cpu=self._busy[0],
            generator_cpu=self._busy[1],
            in_flight=kept.in_flight(self.begin_s, self.duration_s),
            loop_gap_ms_max=self.loop_gap_ms_max,
            pool_waits=self.pool_waits,
            closings=self.closings,
            logins=self.logins,
            checked=self.checked,
            unchecked=self.unchecked,
            slowest=tuple(table.slowest()) if self.is_open else (),
            flow=self.sessions.counts(),
            **table.taken_apart(),
        )


def on_request(
    *, request_type: str, name: str, response_time: float, context: dict[str, Any], **_: object
) -> None:
    """Count one of locust's `request` events; an event that bears no tally is not measured."""
    tally: PhaseTally | None = context.get("tally")
    if tally is None:
        return
    if request_type == RPC:
        tally.add_rpc(name, context["sample"], response_time)
    else:
        tally.add(name, context["sample"])
