"""Repetitions of one phase taken together: samples are merged, percentiles never averaged."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Literal, get_args

from msgspec.structs import replace

from reports.judgement import costs
from reports.judgement.load_workers import pooled_workers
from reports.record import latency
from reports.record.measurements import (
    Configuration,
    Endpoint,
    FlowFigures,
    Histograms,
    Latency,
    Phase,
    Repetition,
    Timeline,
)

PhaseName = Literal["warm_up", "closed", "open", "common"]
MOST_KEPT = 128
_NOT_KEPT = "a slim record keeps no histogram of it, and repetitions are merged by histogram"
JUDGED_PHASES: tuple[PhaseName, ...] = ("closed", "open", "common")


def pooled(configuration: Configuration, name: PhaseName) -> Phase | None:
    """Return a phase over all repetitions; None where no repetition has it."""
    return _pooled(_Same(configuration), name)


class _Same:
    """A configuration, equal to itself alone: frozen data whose dicts cannot be hashed."""

    __slots__ = ("configuration",)

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.configuration is other.configuration

    def __hash__(self) -> int:
        return id(self.configuration)


# A page asks some seven times for each; merging five repetitions takes a tenth of a second.
@lru_cache(maxsize=MOST_KEPT)
def _pooled(same: _Same, name: PhaseName) -> Phase | None:
    phases = phases_of(same.configuration, name)
    return pool(phases) if phases else None


def phases_of(configuration: Configuration, name: PhaseName) -> list[Phase]:
    """Return a phase of each repetition that has it."""
    return [phase for one in configuration.repetitions if (phase := getattr(one, name))]


def that_measured(configuration: Configuration) -> list[Repetition]:
    """Return the repetitions in which anything was measured: a load process may have died."""
    names = get_args(PhaseName)
    return [one for one in configuration.repetitions if any(getattr(one, n) for n in names)]


def missing_reason(configuration: Configuration, name: PhaseName) -> str:
    """Return why no repetition has the phase."""
    reasons = (one.reasons.get(name) for one in configuration.repetitions)
    return next((reason for reason in reasons if reason), "no repetition was made")


def pool(phases: Sequence[Phase]) -> Phase:
    """Return one phase for several: counts added, rates averaged over time, histograms merged.

    The slowest requests are the slowest of all. Seconds do not add up: a repetition's course stays
    with the repetition, and the whole has none.
    """
    if len(phases) == 1:
        return phases[0]
    first = phases[0]
    histograms = _histograms([phase.histograms for phase in phases])
    figures = {
        "users": _over(phases, lambda phase: phase.users, max),
        "offered_per_s": _over(phases, lambda phase: phase.offered_per_s, _mean),
        "host_cpu": _over(phases, lambda phase: phase.host_cpu, _mean),
        "generator_cpu": _over(phases, lambda phase: phase.generator_cpu, _mean),
        "lag_ms_p99": _over(phases, lambda phase: phase.lag_ms_p99, max),
        "rpc_ms": _summary(histograms.rpc),
    }
    reasons = dict(chain.from_iterable(phase.reasons.items() for phase in phases))
    if figures["rpc_ms"] is None:
        reasons.setdefault("rpc_ms", _NOT_KEPT)
    return replace(
        first,
        duration_s=sum(phase.duration_s for phase in phases),
        achieved_per_s=_mean([phase.achieved_per_s for phase in phases]),
        throughput_per_s=_mean([phase.throughput_per_s for phase in phases]),
        samples=sum(phase.samples for phase in phases),
        failed=sum(phase.failed for phase in phases),
        unknown=sum(phase.unknown for phase in phases),
        latency_ms=latency.summary(latency.decode(histograms.total)),
        worker_shares=_shares(phases),
        histograms=histograms,
        endpoints=_endpoints(phases, histograms),
        flows=_flows(phases, histograms),
        errors=_added(phase.errors for phase in phases),
        reasons=reasons,
        hops=costs.breakdowns(phases),
        slowest=costs.slowest(phases),
        timeline=Timeline(),
        used=costs.used(phases),
        loop_gap_ms_max=max(phase.loop_gap_ms_max for phase in phases),
        pool_waits=sum(phase.pool_waits for phase in phases),
        closings=sum(phase.closings for phase in phases),
        logins=sum(phase.logins for phase in phases),
        checked=sum(phase.checked for phase in phases),
        unchecked=sum(phase.unchecked for phase in phases),
        yardstick_ms=tuple(chain.from_iterable(phase.yardstick_ms for phase in phases)),
        load_workers=pooled_workers(phases),
        **figures,
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _over(
    phases: Sequence[Phase],
    figure: Callable[[Phase], float | None],
    combine: Callable[[Sequence[float]], float],
) -> float | None:
    """Combine what the phases have; None when one lacks it, because half a mean misleads."""
    values = [value for phase in phases if (value := figure(phase)) is not None]
    return combine(values) if len(values) == len(phases) else None


def _merged(texts: Iterable[str | None]) -> str | None:
    known = [text for text in texts if text is not None]
    return latency.encode(latency.merge(map(latency.decode, known))) if known else None


def _summary(text: str | None) -> Latency | None:
    return latency.summary(latency.decode(text)) if text else None


def _merged_by_name(maps: Sequence[dict[str, str]]) -> dict[str, str]:
    names = dict.fromkeys(chain.from_iterable(maps))
    return {name: _merged(one.get(name) for one in maps) or "" for name in names}


def _histograms(all_: Sequence[Histograms]) -> Histograms:
    return Histograms(
        total=_merged(one.total for one in all_) or "",
        rpc=_merged(one.rpc for one in all_),
        service_time=_merged(one.service_time for one in all_),
        endpoints=_merged_by_name([one.endpoints for one in all_]),
        rpc_endpoints=_merged_by_name([one.rpc_endpoints for one in all_]),
        hops=_merged_by_name([one.hops for one in all_]),
        flow=_merged(one.flow for one in all_),
    )


def _added(maps: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for name, count in chain.from_iterable(one.items() for one in maps):
        total[name] = total.get(name, 0) + count
    return total


def _shares(phases: Sequence[Phase]) -> dict[str, dict[str, float]]:
    """Keep the shares of the repetition whose load was spread worst: workers restart in between."""

    def imbalance(service: str) -> Callable[[Phase], float]:
        return lambda phase: max(phase.worker_shares[service].values(), default=0.0)

    services = dict.fromkeys(chain.from_iterable(phase.worker_shares for phase in phases))
    return {
        service: max(
            (phase for phase in phases if service in phase.worker_shares), key=imbalance(service)
        ).worker_shares[service]
        for service in services
    }


def _endpoints(phases: Sequence[Phase], histograms: Histograms) -> tuple[Endpoint, ...]:
    rows: dict[str, list[Endpoint]] = {}
    for row in chain.from_iterable(phase.endpoints for phase in phases):
        rows.setdefault(row.name, []).append(row)
    return tuple(
        Endpoint(
            name=name,
            samples=sum(row.samples for row in same),
            failed=sum(row.failed for row in same),
            unknown=sum(row.unknown for row in same),
            latency_ms=_summary(histograms.endpoints.get(name)) or same[0].latency_ms,
        )
        for name, same in rows.items()
    )


def _flows(phases: Sequence[Phase], histograms: Histograms) -> tuple[FlowFigures, ...]:
    rows = tuple(chain.from_iterable(phase.flows for phase in phases))
    if not rows:
        return ()
    whole = FlowFigures(
        sessions=sum(row.sessions for row in rows),
        broken=sum(row.broken for row in rows),
        steps_planned=sum(row.steps_planned for row in rows),
        steps_sent=sum(row.steps_sent for row in rows),
        latency_ms=_summary(histograms.flow) or rows[0].latency_ms,
    )
    return (whole,)
