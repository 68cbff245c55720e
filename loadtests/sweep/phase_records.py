"""Turns what a load process counted into the run record's phases."""

from collections import defaultdict
from typing import Any, Final

from loadtests.plan.counts import FlowCounts
from loadtests.plan.plan import EndpointCounts, PhaseCounts, Results
from reports.record import latency
from reports.record.measurements import FlowFigures, Timeline
from reports.record.record import Endpoint, Histograms, Level, Phase, Repetition

OPEN_ONLY: Final = "a closed loop plans no rate, so nothing can be late"
CLOSED_ONLY: Final = "an open loop has no fixed number of users"
KNOWN_LEVEL: Final = "left out where the best number of users is known already"
NO_RATE: Final = "no request was answered well, so there is no rate to offer"
OPEN_ALONE: Final = "one open phase was asked for, at a rate that was given"
NO_STAT: Final = "this kernel does not tell how busy the processor was"


def repetition(results: Results, rpc_metric: str | None) -> Repetition:
    """Return one pass over a configuration, with every level that the closed loop tried."""
    levels = tuple(map(level, results.levels))
    no_rate = NO_RATE if results.common_per_s is None else ""
    reasons = {
        "closed": None if levels else OPEN_ALONE,
        "open": None if results.open else no_rate or KNOWN_LEVEL,
        "common": None if results.common else no_rate or OPEN_ALONE,
    }
    return Repetition(
        warm_up=phase(results.warm_up, rpc_metric),
        closed=phase(results.best, rpc_metric, levels) if levels else None,
        open=phase(results.open, rpc_metric) if results.open else None,
        common=phase(results.common, rpc_metric) if results.common else None,
        warmed=results.warmed,
        reasons={name: reason for name, reason in reasons.items() if reason},
    )


def void_repetition(reason: str) -> Repetition:
    """Return a pass that measured nothing, and why."""
    names = ("warm_up", "closed", "open", "common")
    return Repetition(
        warm_up=None, closed=None, open=None, common=None, reasons=dict.fromkeys(names, reason)
    )


def phase(counts: PhaseCounts, rpc_metric: str | None, levels: tuple[Level, ...] = ()) -> Phase:
    """Return one phase, its percentiles taken from the histograms; a null bears its reason."""
    histograms = _histograms(counts)
    rpc = latency.summary(latency.decode(histograms.rpc)) if histograms.rpc else None
    lag = latency.value_ms(latency.decode(counts.lag), 99.0) if counts.lag else None
    reasons = {
        "users": CLOSED_ONLY if counts.users is None else None,
        "offered_per_s": OPEN_ONLY if counts.offered_per_s is None else None,
        "lag_ms_p99": OPEN_ONLY if lag is None else None,
        "host_cpu": NO_STAT if counts.host_cpu is None else None,
        "rpc_ms": _no_rpc(rpc_metric) if rpc is None else None,
    }
    return Phase(
        arrivals=counts.arrivals,
        users=counts.users,
        duration_s=round(counts.duration_s, 3),
        offered_per_s=_rounded(counts.offered_per_s),
        achieved_per_s=round(counts.achieved_per_s, 3),
        throughput_per_s=round(counts.throughput_per_s, 3),
        samples=counts.samples,
        failed=counts.failed,
        unknown=counts.unknown,
        latency_ms=latency.summary(latency.decode(histograms.total)),
        rpc_ms=rpc,
        host_cpu=_rounded(counts.host_cpu),
        generator_cpu=_rounded(counts.generator_cpu),
        generators=counts.generators,
        lag_ms_p99=lag,
        worker_shares=worker_shares(counts.workers),
        histograms=histograms,
        endpoints=tuple(_endpoint(name, one) for name, one in counts.endpoints.items()),
        flows=(_flow(counts.flow),) if counts.flow else (),
        errors=counts.errors,
        levels=levels,
        hops=counts.breakdowns,
        slowest=counts.slowest,
        timeline=Timeline(in_flight=counts.in_flight),
        loop_gap_ms_max=round(counts.loop_gap_ms_max, 3),
        pool_waits=counts.pool_waits,
        closings=counts.closings,
        logins=counts.logins,
        checked=counts.checked,
        unchecked=counts.unchecked,
        yardstick_ms=counts.yardstick_ms,
        load_workers=counts.load_workers,
        reasons={name: reason for name, reason in reasons.items() if reason},
    )


def level(counts: PhaseCounts) -> Level:
    """Return one level of the closed loop."""
    return Level(
        users=counts.users or 1,
        duration_s=counts.duration_s,
        throughput_per_s=round(counts.throughput_per_s, 3),
        samples=counts.samples,
        failed=counts.failed,
        latency_ms=latency.summary(_merged(counts)),
    )


def worker_shares(workers: dict[str, int]) -> dict[str, dict[str, float]]:
    """Return the share of each worker in its service's answers, from counts by "service/worker"."""
    services: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for name, count in sorted(workers.items()):
        service, _, worker = name.rpartition("/")
        services[service or "workers"][worker] = count
    return {service: _shares(counts) for service, counts in services.items()}


def _shares(counts: dict[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {worker: round(count / total, 4) for worker, count in counts.items()}


def _histograms(counts: PhaseCounts) -> Histograms:
    rpc = {name: one.rpc for name, one in counts.endpoints.items() if one.rpc}
    total_rpc = latency.merge(map(latency.decode, rpc.values())) if rpc else None
    return Histograms(
        total=latency.encode(_merged(counts)),
        rpc=latency.encode(total_rpc) if total_rpc else None,
        service_time=counts.service_time,
        endpoints={name: one.latency for name, one in counts.endpoints.items()},
        rpc_endpoints=rpc,
        hops=counts.hops,
        seconds=counts.seconds,
        flow=counts.flow.latency if counts.flow else None,
    )


def _merged(counts: PhaseCounts) -> Any:  # noqa: ANN401 -- hdrh has no types
    return latency.merge(latency.decode(one.latency) for one in counts.endpoints.values())


def _endpoint(name: str, one: EndpointCounts) -> Endpoint:
    return Endpoint(
        name=name,
        samples=one.samples,
        failed=one.failed,
        unknown=one.unknown,
        latency_ms=latency.summary(latency.decode(one.latency)),
    )


def _flow(flow: FlowCounts) -> FlowFigures:
    return FlowFigures(
        sessions=flow.sessions,
        broken=flow.broken,
        steps_planned=flow.planned,
        steps_sent=flow.sent,
        latency_ms=latency.summary(latency.decode(flow.latency)),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _no_rpc(rpc_metric: str | None) -> str:
    if rpc_metric is None:
        return "the stack file names no telemetry.rpc_metric"
    return f"no good answer bore a Server-Timing metric {rpc_metric!r}"
