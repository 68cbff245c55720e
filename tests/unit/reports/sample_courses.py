"""Makes what a phase tells of its inside: hops, slow requests, parts and queue by the second."""

import random

from reports.record.measurements import (
    Breakdown,
    PartSeconds,
    QueueSeconds,
    Span,
    Timeline,
    Trace,
    Use,
    WarmUp,
    Window,
)

# What a hop takes for itself of a whole request.
HOPS = {
    "late": 0.01,
    "request": 0.03,
    "gw": 0.14,
    "rpc": 0.03,
    "publish": 0.12,
    "wait": 0.17,
    "resolver": 0.14,
    "service": 0.21,
    "reply": 0.08,
}
CORES = {
    "supplier": 0.02,
    "srv_clients": 0.30,
    "srv_goods": 0.14,
    "resolver": 0.34,
    "gateway": 0.55,
    "broker": 0.22,
}
MEMORY_MB = {
    "supplier": 58.0,
    "broker": 124.0,
    "gateway": 88.0,
    "resolver": 61.0,
    "srv_clients": 97.0,
    "srv_goods": 96.0,
}


def breakdowns(middle_ms: float, samples: int) -> tuple[Breakdown, ...]:
    """Return the hops around the middle and two tails; in the tail it is the queue that grows."""
    return tuple(
        _breakdown(rank, middle_ms * slow, extra, samples)
        for rank, slow, extra in ((50.0, 1.0, 0.0), (90.0, 2.4, 0.15), (99.0, 6.0, 0.3))
    )


def _breakdown(rank: float, whole_ms: float, extra: float, samples: int) -> Breakdown:
    shares = {name: share * (1 - extra) for name, share in HOPS.items()}
    shares["wait"] += extra * 0.9
    hops_ms = {name: round(whole_ms * share, 3) for name, share in shares.items()}
    return Breakdown(
        rank=rank,
        requests=max(samples // 100, 100),
        whole_ms=round(whole_ms, 3),
        hops_ms=hops_ms,
        residual_ms=round(whole_ms - sum(hops_ms.values()), 3),
    )


def slowest(middle_ms: float, endpoint: str, chance: random.Random) -> tuple[Trace, ...]:
    """Return ten slow requests, taken apart along the request path."""
    return tuple(_trace(middle_ms * chance.uniform(6, 14), endpoint, chance) for _ in range(10))


def _trace(whole_ms: float, endpoint: str, chance: random.Random) -> Trace:
    begin = whole_ms * chance.uniform(0.0, 0.08)
    inner = whole_ms - begin
    bars = {
        "request": (0.0, 0.99),
        "gw": (0.0, 0.98),
        "rpc": (0.06, 0.88),
        "publish": (0.06, 0.1),
        "wait": (0.16, 0.4),
        "resolver": (0.56, 0.3),
        "service": (0.6, 0.22),
        "reply": (0.86, 0.08),
    }
    return Trace(
        endpoint=endpoint,
        trace_id=f"{chance.getrandbits(128):032x}",
        at_s=round(chance.uniform(0, 6), 3),
        whole_ms=round(whole_ms, 3),
        spans=tuple(
            Span(
                name=name,
                start_ms=round(begin + inner * start, 3),
                duration_ms=round(inner * share, 3),
            )
            for name, (start, share) in bars.items()
        ),
    )


def timeline(seconds: int, rate_per_s: float, middle_ms: float, chance: random.Random) -> Timeline:
    """Return a level course: Little's law for what is in flight, and the parts' usual shares."""
    level = rate_per_s * middle_ms / 1_000
    load = rate_per_s / 500

    def around(value: float, spread: float) -> float:
        return round(max(0.0, value * chance.gauss(1, spread)), 3)

    return Timeline(
        in_flight=tuple(round(around(level, 0.25)) for _ in range(seconds)),
        parts={
            name: PartSeconds(
                cpu=tuple(around(cores * load, 0.08) for _ in range(seconds)),
                memory_mb=tuple(round(around(MEMORY_MB[name], 0.005), 1) for _ in range(seconds)),
            )
            for name, cores in CORES.items()
        },
        queue=QueueSeconds(
            ready=tuple(round(around(level / 6, 0.6)) for _ in range(seconds)),
            unacknowledged=tuple(round(around(level / 2, 0.3)) for _ in range(seconds)),
            connections=(2,) * seconds,
        ),
    )


def used(duration_s: float, rate_per_s: float, cores: float) -> dict[str, Use]:
    """Return what the parts used, so many cores together; no limit is set, so none is throttled."""
    scale = cores / sum(CORES.values())
    return {
        name: Use(
            cpu_s=round(share * scale * duration_s, 3),
            demand_ms=share * scale / rate_per_s * 1_000,
            memory_mb_max=MEMORY_MB[name],
            throttled_s=None,
            reasons={"throttled_s": "no CPU limit is set"},
        )
        for name, share in CORES.items()
    }


def warmed(rate_per_s: float, middle_ms: float) -> WarmUp:
    """Return a warm-up that settles in its fourth window."""
    paces = (0.55, 0.82, 0.97, 0.99, 1.0)
    return WarmUp(
        cut_s=3.0,
        stable=True,
        windows=tuple(
            Window(throughput_per_s=rate_per_s * pace, p50_ms=middle_ms / pace) for pace in paces
        ),
    )
