"""What one generator process counted of a phase, and how several such shares become one.

Histograms are added, never averaged; of times that several processes could overrun each by itself
(loop gaps, a core of their own) the worst counts.
"""

# mypy: allow-untyped-calls
# hdrh ships no types.

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from msgspec import Struct

from loadtests.generator.hop_times import HopTable
from loadtests.generator.sessions.session_samples import merged_flows
from loadtests.generator.slowest_requests import slowest
from loadtests.plan.counts import EndpointCounts, FlowCounts, PhaseCounts
from reports.record import latency
from reports.record.measurements import Breakdown, Trace


class SecondHistogram(Struct, frozen=True, kw_only=True):
    """One call's response times of one second of a phase, as an encoded histogram."""

    second: int
    endpoint: str
    latency: str


class Outcomes(Struct, frozen=True, kw_only=True):
    """How the requests of one call ended; `rpc` is their encoded round trips over the queue."""

    samples: int
    failed: int
    unknown: int
    rpc: str | None


class PartialResult(Struct, frozen=True, kw_only=True):
    """What one process counted; `table` holds a row for each request that was taken apart."""

    begin_s: float
    duration_s: float
    elapsed_s: float
    sending_s: float
    outcomes: dict[str, Outcomes]
    intervals: tuple[SecondHistogram, ...]
    service_time: str
    lag: str | None
    hops: dict[str, str]
    workers: dict[str, int]
    errors: dict[str, int]
    host_cpu: float | None
    generator_cpu: float
    in_flight: tuple[int, ...]
    loop_gap_ms_max: float
    pool_waits: int
    closings: int
    logins: int
    table: bytes
    slowest: tuple[Trace, ...]
    flow: FlowCounts | None = None
    checked: int = 0
    unchecked: int = 0


class PhaseFacts(Struct, frozen=True, kw_only=True):
    """What was asked of the phase as a whole."""

    arrivals: str
    users: int | None
    offered_per_s: float | None
    hops: tuple[str, ...] = ()


def merged(facts: PhaseFacts, shares: Sequence[PartialResult]) -> PhaseCounts:
    """Return one phase's counts from the shares of it, at least one."""
    by_call, by_second = _totals(shares)
    return PhaseCounts(
        arrivals=facts.arrivals,
        users=facts.users,
        offered_per_s=facts.offered_per_s,
        begin_s=min(share.begin_s for share in shares),
        duration_s=max(share.duration_s for share in shares),
        elapsed_s=max(share.elapsed_s for share in shares),
        sending_s=max(share.sending_s for share in shares),
        endpoints={name: _endpoint(name, shares, by_call) for name in _calls(shares)},
        seconds=tuple(latency.encode(second) for second in _every(by_second)),
        service_time=_added(share.service_time for share in shares),
        lag=None if facts.offered_per_s is None else _added(s.lag for s in shares),
        workers=_summed(share.workers for share in shares),
        errors=_summed(share.errors for share in shares),
        host_cpu=_most(share.host_cpu for share in shares),
        generator_cpu=max(share.generator_cpu for share in shares),
        generators=len(shares),
        hops=_hops(facts, shares),
        breakdowns=_breakdowns(facts, shares),
        slowest=slowest(trace for share in shares for trace in share.slowest),
        in_flight=tuple(map(sum, zip_longest(*(s.in_flight for s in shares), fillvalue=0))),
        loop_gap_ms_max=max(share.loop_gap_ms_max for share in shares),
        pool_waits=sum(share.pool_waits for share in shares),
        closings=sum(share.closings for share in shares),
        logins=sum(share.logins for share in shares),
        checked=sum(share.checked for share in shares),
        unchecked=sum(share.unchecked for share in shares),
        flow=merged_flows(share.flow for share in shares),
    )


def intervals(shares: Iterable[PartialResult]) -> dict[tuple[int, str], Any]:
    """Return the histograms by second and call, in that order."""
    found: dict[tuple[int, str], Any] = {}
    for one in (interval for share in shares for interval in share.intervals):
        key = (one.second, one.endpoint)
        found.setdefault(key, latency.new_histogram()).add(latency.decode(one.latency))
    return dict(sorted(found.items()))


def _totals(shares: Sequence[PartialResult]) -> tuple[Mapping[str, Any], Mapping[int, Any]]:
    by_call: dict[str, Any] = defaultdict(latency.new_histogram)
    by_second: dict[int, Any] = defaultdict(latency.new_histogram)
    for (second, call), histogram in intervals(shares).items():
        by_call[call].add(histogram)
        by_second[second].add(histogram)
    return by_call, by_second


def _every(by_second: Mapping[int, Any]) -> Iterator[Any]:
    for second in range(max(by_second, default=-1) + 1):
        yield by_second.get(second) or latency.new_histogram()


def _calls(shares: Sequence[PartialResult]) -> list[str]:
    return sorted({name for share in shares for name in share.outcomes})


def _endpoint(
    name: str, shares: Sequence[PartialResult], by_call: Mapping[str, Any]
) -> EndpointCounts:
    ended = [share.outcomes[name] for share in shares if name in share.outcomes]
    trips = [one.rpc for one in ended if one.rpc]
    return EndpointCounts(
        samples=sum(one.samples for one in ended),
        failed=sum(one.failed for one in ended),
        unknown=sum(one.unknown for one in ended),
        latency=latency.encode(by_call.get(name) or latency.new_histogram()),
        rpc=_added(trips) if trips else None,
    )


def _hops(facts: PhaseFacts, shares: Sequence[PartialResult]) -> dict[str, str]:
    told = {name: [s.hops[name] for s in shares if name in s.hops] for name in facts.hops}
    return {name: _added(texts) for name, texts in told.items() if texts}


def _breakdowns(facts: PhaseFacts, shares: Sequence[PartialResult]) -> tuple[Breakdown, ...]:
    table = HopTable(facts.hops, (share.table for share in shares))
    return table.breakdowns() if facts.hops and len(table) else ()


def _added(texts: Iterable[str | None]) -> str:
    """Add encoded histograms; one alone is handed on as it is."""
    known = [text for text in texts if text]
    if len(known) == 1:
        return known[0]
    return latency.encode(latency.merge(map(latency.decode, known)))


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def _most(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known, default=None)
