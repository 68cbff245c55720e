"""The figures of a load run as named families of labelled values, in the units of OpenMetrics."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

from reports.judgement.pooling import JUDGED_PHASES, PhaseName, pooled
from reports.judgement.verdicts import verdict
from reports.record.measurements import BY, Configuration, Latency, Phase
from reports.record.record import LoadRun

PREFIX: Final = "gatewaybench"
QUANTILES: Final = {"p50": "0.5", "p90": "0.9", "p99": "0.99", "p99_9": "0.999", "max": "1"}
_MS_PER_S: Final = 1_000
_BYTES_PER_MB: Final = 1_000_000

Labels = dict[str, str]


class FigureFamily(Struct, frozen=True, kw_only=True):
    """Values of one kind; `unit` ends the name. A `quantile` label makes one of a summary."""

    name: str
    kind: Literal["gauge", "counter", "summary", "info"]
    unit: str
    text: str
    points: tuple[tuple[Labels, float], ...]


def families(record: LoadRun) -> Iterator[FigureFamily]:
    """Yield the families that a run has values for."""
    phases = list(_phases(record))
    made = (_run(record), *_requests(phases), *_rates(phases), *_health(phases), _parts(phases))
    yield from (one for one in made if one.points)


def _run(record: LoadRun) -> FigureFamily:
    about = {"stack": record.stack, "verdict": verdict(record), "seed": str(record.seed)}
    about |= {"target": record.target} if record.target else {}
    return _family("run", "info", "", "What was measured, and the verdict.", [(about, 1.0)])


_Phases = list[tuple[Labels, Phase]]


def _phases(record: LoadRun) -> Iterator[tuple[Labels, Phase]]:
    for one in record.configurations:
        for name in JUDGED_PHASES:
            if phase := pooled(one, name):
                yield _labels(one, name, record.target), phase


def _labels(one: Configuration, name: PhaseName, target: str) -> Labels:
    # Of a server that was up already a record has numbers, and nobody knows them.
    point = {} if target else {"configuration": one.label.replace(BY, "x")}
    return {"scenario": one.scenario, **point, "phase": name}


def _requests(phases: _Phases) -> Iterator[FigureFamily]:
    ended = [
        (labels | {"call": call.name, "outcome": outcome}, float(count))
        for labels, phase in phases
        for call in phase.endpoints
        for outcome, count in (
            ("ok", call.samples - call.failed - call.unknown),
            ("failed", call.failed),
            ("unknown", call.unknown),
        )
    ]
    yield _family("requests", "counter", "", "Requests by how they ended.", ended)
    whys = [
        (labels | {"reason": reason}, float(count))
        for labels, phase in phases
        for reason, count in phase.errors.items()
    ]
    yield _family("errors", "counter", "", "Requests that did not end well, by reason.", whys)
    said = "Response time, from when a request was due."
    spread = [
        point
        for labels, phase in phases
        for call in phase.endpoints
        for point in _quantiles(labels | {"call": call.name}, call.latency_ms)
    ]
    yield _family("response", "summary", "seconds", said, spread)
    trips = [point for labels, p in phases if p.rpc_ms for point in _quantiles(labels, p.rpc_ms)]
    yield _family("rpc", "summary", "seconds", "Round trip over the queue.", trips)


def _quantiles(labels: Labels, spread: Latency) -> Iterator[tuple[Labels, float]]:
    for name, quantile in QUANTILES.items():
        value_ms = getattr(spread, name)
        if value_ms is not None:
            yield labels | {"quantile": quantile}, value_ms / _MS_PER_S


def _rates(phases: _Phases) -> Iterator[FigureFamily]:
    offered = [(at, p.offered_per_s) for at, p in phases]
    yield _gauge("offered", "per_second", "Requests that were planned.", offered)
    achieved = [(at, p.achieved_per_s) for at, p in phases]
    yield _gauge("sent", "per_second", "Requests that were sent.", achieved)
    good = [(at, p.throughput_per_s) for at, p in phases]
    yield _gauge("throughput", "per_second", "Requests that were answered well.", good)


def _health(phases: _Phases) -> Iterator[FigureFamily]:
    lag = [(at, _seconds(p.lag_ms_p99)) for at, p in phases]
    yield _gauge("lag_p99", "seconds", "How late requests were sent (p99).", lag)
    own = [(at, p.generator_cpu) for at, p in phases]
    yield _gauge("generator_cpu", "ratio", "Busy share of the generator's core.", own)
    host = [(at, p.host_cpu) for at, p in phases]
    yield _gauge("host_cpu", "ratio", "Busy share of all cores.", host)
    waits = [(at, float(p.pool_waits)) for at, p in phases]
    yield _family("connection_waits", "counter", "", "Requests that waited for one.", waits)
    memory = [
        (at | {"part": name}, use.memory_mb_max * _BYTES_PER_MB)
        for at, p in phases
        for name, use in p.used.items()
        if use.memory_mb_max is not None
    ]
    yield _family("part_memory_max", "gauge", "bytes", "The most memory that a part held.", memory)


def _parts(phases: _Phases) -> FigureFamily:
    used = [(at | {"part": name}, use.cpu_s) for at, p in phases for name, use in p.used.items()]
    return _family("part_cpu", "counter", "seconds", "CPU time that a part took.", used)


def _seconds(value_ms: float | None) -> float | None:
    return None if value_ms is None else value_ms / _MS_PER_S


def _gauge(
    name: str, unit: str, text: str, points: Sequence[tuple[Labels, float | None]]
) -> FigureFamily:
    known = [(labels, value) for labels, value in points if value is not None]
    return _family(name, "gauge", unit, text, known)


def _family(
    name: str,
    kind: Literal["gauge", "counter", "summary", "info"],
    unit: str,
    text: str,
    points: list[tuple[Labels, float]],
) -> FigureFamily:
    whole = "_".join(filter(None, (PREFIX, name, unit)))
    return FigureFamily(name=whole, kind=kind, unit=unit, text=text, points=tuple(points))
